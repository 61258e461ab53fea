// coroutine.resume and coroutine.wrap as services see them: the standard ones, which in addition keep the time of
// profiled coroutines, know which thread object runs, and pass a suspended turn on. When a hook suspends a turn inside
// a nested coroutine (Interrupt.c), every resume up to the turn's own must suspend too, and later go on where it was.
#include "CLuaShim.h"
#include "WeakTable.h"
#include <stdlib.h>
#include <time.h>

static char timings_key;

typedef struct Timing {
    double total;  // CPU seconds of the stretches that have ended
    double since;  // thread CPU clock when the current stretch began; below zero while suspended
} Timing;

static double cpu_seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

// Pushes the table coroutine -> Timing. Stack: +1.
static void push_timings(lua_State *L) {
    push_weak_table(L, &timings_key);
}

// The timing of coroutine `co`, or NULL. Stack: +0.
static Timing *timing_of(lua_State *L, lua_State *co) {
    push_timings(L);
    lua_pushthread(co);
    if (co != L)
        lua_xmove(co, L, 1);
    lua_rawget(L, -2);
    Timing *timing = lua_touserdata(L, -1);
    lua_pop(L, 2);
    return timing;
}

static void begin_stretch(lua_State *L, lua_State *co) {
    Timing *timing = timing_of(L, co);
    if (timing)
        timing->since = cpu_seconds();
}

static void end_stretch(lua_State *L, lua_State *co) {
    Timing *timing = timing_of(L, co);
    if (timing && timing->since >= 0) {
        timing->total += cpu_seconds() - timing->since;
        timing->since = -1;
    }
}

static int run_coroutine(lua_State *L, lua_State *co, int arguments, int *results) {
    CLuaContext *context = CLua_context(L);
    bool preemptible = context->preemptible;
    context->preemptible = preemptible && lua_isyieldable(L);
    if (context->profiled > 0)
        begin_stretch(L, co);
    lua_State *outer = CLua_enter(co);
    CLua_poll(co);
    int status = lua_resume(co, L, arguments, results);
    CLua_enter(outer);
    if (context->profiled > 0)
        end_stretch(L, co);
    context->preemptible = preemptible;
    return status;
}

enum { RESUME, WRAP };

// Ends a resume or wrap once the coroutine has stopped for reasons of its own.
static int deliver(lua_State *L, lua_State *co, int status, int results, lua_KContext kind) {
    if (status == LUA_OK || status == LUA_YIELD) {
        if (lua_checkstack(L, results + 1)) {
            if (kind == RESUME)
                lua_pushboolean(L, 1);
            lua_xmove(co, L, results);
            return kind == RESUME ? results + 1 : results;
        }
        lua_pop(co, results);
        lua_pushliteral(co, "too many results to resume");
    }
    bool died = status != LUA_OK && status != LUA_YIELD;
    lua_xmove(co, L, 1);
    if (kind == RESUME) {
        lua_pushboolean(L, 0);
        lua_insert(L, -2);
        return 2;
    }
    if (died && lua_status(co) != LUA_OK && lua_status(co) != LUA_YIELD && lua_resetthread(co) != LUA_OK) {
        // Closing its variables may have replaced the error.
        lua_pop(L, 1);
        lua_xmove(co, L, 1);
    }
    if (status != LUA_ERRMEM && lua_type(L, -1) == LUA_TSTRING) {
        luaL_where(L, 1);
        lua_insert(L, -2);
        lua_concat(L, 2);
    }
    return lua_error(L);
}

static int go_on(lua_State *L, int status, lua_KContext kind);

static int run_and_deliver(lua_State *L, lua_State *co, int arguments, lua_KContext kind) {
    int results = 0;
    int status = run_coroutine(L, co, arguments, &results);
    if (status == LUA_YIELD && CLua_context(L)->preempted)
        return lua_yieldk(L, 0, kind, go_on);
    return deliver(L, co, status, results, kind);
}

static int go_on(lua_State *L, int status, lua_KContext kind) {
    (void)status;
    lua_State *co = lua_tothread(L, kind == RESUME ? 1 : lua_upvalueindex(1));
    return run_and_deliver(L, co, 0, kind);
}

static int start_coroutine(lua_State *L, lua_State *co, int arguments, lua_KContext kind) {
    if (!lua_checkstack(co, arguments + 1)) {
        lua_pushliteral(co, "too many arguments to resume");
        return deliver(L, co, LUA_ERRRUN, 0, kind);
    }
    lua_xmove(L, co, arguments);
    return run_and_deliver(L, co, arguments, kind);
}

static int resume(lua_State *L) {
    lua_State *co = lua_tothread(L, 1);
    luaL_argexpected(L, co, 1, "coroutine");
    return start_coroutine(L, co, lua_gettop(L) - 1, RESUME);
}

static int call_wrapped(lua_State *L) {
    return start_coroutine(L, lua_tothread(L, lua_upvalueindex(1)), lua_gettop(L), WRAP);
}

static int wrap(lua_State *L) {
    luaL_checktype(L, 1, LUA_TFUNCTION);
    lua_State *co = lua_newthread(L);
    lua_pushvalue(L, 1);
    lua_xmove(L, co, 1);
    lua_pushcclosure(L, call_wrapped, 1);
    return 1;
}

static lua_State *named_coroutine(lua_State *L) {
    if (lua_gettop(L) == 0)
        return L;
    lua_State *co = lua_tothread(L, 1);
    luaL_argexpected(L, co, 1, "coroutine");
    return co;
}

static void push_coroutine(lua_State *L, lua_State *co) {
    lua_pushthread(co);
    if (co != L)
        lua_xmove(co, L, 1);
}

static int start(lua_State *L) {
    lua_State *co = named_coroutine(L);
    if (timing_of(L, co))
        return luaL_error(L, "Thread %p start profile more than once", lua_topointer(co, (lua_pushthread(co), -1)));
    push_timings(L);
    push_coroutine(L, co);
    Timing *timing = lua_newuserdatauv(L, sizeof *timing, 0);
    timing->total = 0;
    timing->since = co == L ? cpu_seconds() : -1;
    lua_rawset(L, -3);
    CLua_context(L)->profiled++;
    return 0;
}

static int stop(lua_State *L) {
    lua_State *co = named_coroutine(L);
    Timing *timing = timing_of(L, co);
    if (timing == NULL)
        return luaL_error(L, "Call profile.start() before profile.stop()");
    double total = timing->total;
    if (timing->since >= 0)
        total += cpu_seconds() - timing->since;
    push_timings(L);
    push_coroutine(L, co);
    lua_pushnil(L);
    lua_rawset(L, -3);
    CLua_context(L)->profiled--;
    lua_pushnumber(L, total);
    return 1;
}

void CLua_pushprofile(lua_State *L) {
    static const struct { const char *name; lua_CFunction function; } functions[] = {
        {"start", start}, {"stop", stop}, {"resume", resume}, {"wrap", wrap}, {NULL, NULL},
    };
    lua_createtable(L, 0, 4);
    for (int i = 0; functions[i].name; i++) {
        lua_pushstring(L, functions[i].name);
        lua_pushcfunction(L, functions[i].function);
        lua_rawset(L, -3);
    }
}
