// A runaway script is stopped by a hook, and hooks raise or yield, so hooks are C.
//
// Who may set a hook when? lua_sethook is safe from a signal handler on the thread that runs the state, and from nowhere
// else: another thread would race with the end of the coroutine it names. So a request is a bit in the state's context,
// and the thread that runs it is sent a signal whose handler arms the hook. SIGURG is the signal: its default is to be
// ignored, and Go's runtime has shown that programs and libraries live well with it.
//
// A turn that runs long is suspended by the same signal, sent by a timer that counts the CPU time of the thread. An idle
// thread uses none, so an idle node has no timed wake-up, and a busy one needs no second thread to watch it.
#define _GNU_SOURCE
#include "CLuaShim.h"
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static _Thread_local lua_State *running;
// Turns this thread has begun, and how many there were at the last tick of its timer.
static _Thread_local volatile unsigned long turns, turns_at_tick;

// Instructions until the next try at suspending below a C function that cannot be suspended.
#define RETRY 1000

static _Atomic uint32_t *requests(CLuaContext *context) {
    return (_Atomic uint32_t *)&context->interrupts;
}

static void interrupt_hook(lua_State *L, lua_Debug *event) {
    (void)event;
    CLuaContext *context = CLua_context(L);
    uint32_t waiting = atomic_load(requests(context));
    if (waiting & CLUA_INTERRUPT_BREAK) {
        atomic_fetch_and(requests(context), ~(uint32_t)CLUA_INTERRUPT_BREAK);
        lua_sethook(L, NULL, 0, 0);
        luaL_error(L, "signal 0");
    }
    if (!(waiting & CLUA_INTERRUPT_PREEMPT)) {
        // A coroutine inherits the hook of its creator; this one came too late.
        lua_sethook(L, NULL, 0, 0);
        return;
    }
    if (context->preemptible && !lua_isyieldable(L)) {
        lua_sethook(L, interrupt_hook, LUA_MASKCOUNT, RETRY);
        return;
    }
    atomic_fetch_and(requests(context), ~(uint32_t)CLUA_INTERRUPT_PREEMPT);
    lua_sethook(L, NULL, 0, 0);
    if (!context->preemptible)
        return;  // the next tick of the timer asks again
    context->preempted = true;
    lua_yield(L, 0);
}

// A hook that is not ours belongs to a debugger; it stays, and the request waits for the next turn.
static void arm(lua_State *L) {
    lua_Hook hook = lua_gethook(L);
    if (hook == NULL)
        lua_sethook(L, interrupt_hook, LUA_MASKCOUNT, 1);
}

static void on_tick(lua_State *L) {
    if (turns_at_tick == turns)
        CLua_requestinterrupt(CLua_context(L), CLUA_INTERRUPT_PREEMPT);
    turns_at_tick = turns;
}

static void on_signal(int number, siginfo_t *info, void *context) {
    (void)number;
    (void)context;
    lua_State *L = running;
    if (L == NULL)
        return;
    if (info->si_code == SI_TIMER)
        on_tick(L);
    if (atomic_load(requests(CLua_context(L))) != 0)
        arm(L);
}

void CLua_installinterrupts(void) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = on_signal;
    action.sa_flags = SA_RESTART | SA_SIGINFO;
    sigaction(SIGURG, &action, NULL);
}

bool CLua_startslicing(long nanoseconds) {
    struct sigevent event;
    memset(&event, 0, sizeof event);
    event.sigev_notify = SIGEV_THREAD_ID;
    event.sigev_signo = SIGURG;
    event._sigev_un._tid = gettid();
    timer_t timer;
    if (timer_create(CLOCK_THREAD_CPUTIME_ID, &event, &timer) != 0)
        return false;
    struct itimerspec period = {{0, nanoseconds}, {0, nanoseconds}};
    return timer_settime(timer, 0, &period, NULL) == 0;
}

void CLua_beginturn(void) {
    turns++;
}

void CLua_requestinterrupt(CLuaContext *context, uint32_t interrupt) {
    atomic_fetch_or(requests(context), interrupt);
}

void CLua_interruptthread(unsigned long thread) {
    pthread_kill((pthread_t)thread, SIGURG);
}

unsigned long CLua_currentthread(void) {
    // Threads of libdispatch, and those they create, block all signals.
    sigset_t interrupts;
    sigemptyset(&interrupts);
    sigaddset(&interrupts, SIGURG);
    pthread_sigmask(SIG_UNBLOCK, &interrupts, NULL);
    return (unsigned long)pthread_self();
}

lua_State *CLua_enter(lua_State *L) {
    lua_State *outer = running;
    running = L;
    return outer;
}

void CLua_poll(lua_State *L) {
    if (atomic_load_explicit(requests(CLua_context(L)), memory_order_relaxed) != 0)
        arm(L);
}
