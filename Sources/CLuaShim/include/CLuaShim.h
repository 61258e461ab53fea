// CLuaShim: what must be said to Lua in C, because Swift must not say it.
//
// Lua raises errors with longjmp, and a Swift frame that is jumped over leaks or worse. So Swift returns and C raises;
// Swift asks and C protects. The Lua manual tags every API function with what it may raise: `-` nothing, `m` only for
// want of memory, `v` on purpose, `e` whatever the Lua code it runs raises. Swift may call `-`; it may call `m` because
// the allocator never refuses while Swift is on the stack (Memory.c); `v` and `e` are fenced off at the end of this
// file, and each has a helper here that answers with a status instead.
#ifndef CLUASHIM_H
#define CLUASHIM_H

#include <lua.h>
#include <lauxlib.h>
#include <lualib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// MARK: - One state and what belongs to it

// Lives beside each Lua state; `lua_getextraspace` of the state and of all its coroutines holds its address.
typedef struct CLuaContext {
    void *_Nullable owner;        // borrowed: the Swift object that runs the state
    size_t memory_used;           // bytes the state holds now
    size_t memory_limit;          // bytes; 0 means no limit
    size_t memory_warning;        // bytes at which the next warning is due
    struct CLuaWatch *_Nullable watch;  // strings whose end is to be told: see Watch.c; NULL in nearly all states
    bool memory_warned;           // set when the threshold was passed; the owner clears it
    bool swift_on_stack;          // while true the allocator does not refuse: see Memory.c
    bool callback_changed;        // the next turn takes its callback from the registry: see Turn.c
    bool preemptible;             // while true a hook may suspend the turn: see Interrupt.c
    bool preempted;               // set by the hook that suspended the turn, cleared when the turn goes on
    int argument;                 // which argument an argument error is about
    int profiled;                 // how many coroutines are being timed: see Coroutine.c
    uint32_t interrupts;          // atomic: CLUA_INTERRUPT bits waiting for the next Lua instruction
    lua_State *_Nullable turn;    // the thread object that messages are handled in
} CLuaContext;

// A new state without libraries, or NULL for want of memory. `owner` is borrowed for the state's life.
lua_State *_Nullable CLua_newstate(void *_Nullable owner);

// Closes the state and frees its context. Finalizers of Lua code run here, protected by Lua itself.
void CLua_close(lua_State *_Nonnull L);

static inline CLuaContext *_Nonnull CLua_context(lua_State *_Nonnull L) {
    return *(CLuaContext *_Nonnull *_Nonnull)lua_getextraspace(L);
}

// MARK: - Lua calls Swift (Trampoline.c)

// A Swift function that Lua calls: it answers with the number of results on the stack, or with one of these.
typedef int (*CLuaSwiftFunction)(lua_State *_Nonnull L);
enum {
    CLUA_RAISE_MESSAGE = -1,   // a string is on top: raise it behind the position of the Lua code that called
    CLUA_RAISE_VALUE = -2,     // a value is on top: raise it as it is
    CLUA_RAISE_ARGUMENT = -3,  // a string is on top: raise it as an error about argument `context->argument`
};

// Pushes a C function that calls `function` and, when that has returned an error, raises it. Stack: +1.
void CLua_pushfunction(lua_State *_Nonnull L, CLuaSwiftFunction _Nonnull function);

// MARK: - Swift calls Lua (ProtectedCall.c)

// lua_pcall; with `traceback` the error message, when it is a string, gets a traceback. While the call runs the memory
// limit is in force. Answers a Lua status; stack as lua_pcall.
int CLua_pcall(lua_State *_Nonnull L, int arguments, int results, bool traceback);

// Opens the standard libraries. On failure the error message is on top.
int CLua_openlibs(lua_State *_Nonnull L);

// luaL_tolstring under protection: pushes the text of the value at `index`, honouring `__tostring` and `__name`.
// On failure the error value is on top instead. Stack: +1.
int CLua_tostring(lua_State *_Nonnull L, int index);

// lua_next for a traversal that cannot go wrong: the key on top must be nil or the key this table answered last, with
// nothing assigned to the table in between (Lua raises only for a key it does not know). No metamethods.
int CLua_rawnext(lua_State *_Nonnull L, int index);

// lua_next for a table that may have been changed since: LUA_OK, and `*found` says whether the next key and value were
// pushed in place of the key; otherwise the error value is, for a key the table no longer knows.
int CLua_checkednext(lua_State *_Nonnull L, int index, bool *_Nonnull found);

// lua_geti: LUA_OK, and the value was pushed; otherwise the error value that `__index` raised. Stack: +1.
int CLua_checkedgeti(lua_State *_Nonnull L, int index, lua_Integer key);

// Macros of lua.h that Swift cannot see.
static inline void CLua_pop(lua_State *_Nonnull L, int count) { lua_settop(L, -count - 1); }
static inline int CLua_registryindex(void) { return LUA_REGISTRYINDEX; }
static inline void CLua_pushglobals(lua_State *_Nonnull L) { lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS); }
static inline void *_Nullable *_Nonnull CLua_newobject(lua_State *_Nonnull L, size_t size, int user_values) {
    return lua_newuserdatauv(L, size, user_values);
}

// lua_gc is variadic, which Swift cannot call. Finalizers may run in a step or a full collection; Lua turns their
// errors into warnings.
static inline void CLua_gcstop(lua_State *_Nonnull L) { lua_gc(L, LUA_GCSTOP); }
static inline void CLua_gcrestart(lua_State *_Nonnull L) { lua_gc(L, LUA_GCRESTART); }
static inline void CLua_gccollect(lua_State *_Nonnull L) { lua_gc(L, LUA_GCCOLLECT); }
static inline void CLua_gcgenerational(lua_State *_Nonnull L) { lua_gc(L, LUA_GCGEN, 0, 0); }

// MARK: - Turns: messages are handled in a thread object of the state (Turn.c)

// Makes the thread object; the function on top of the stack becomes its callback. Call again to replace the callback,
// which takes effect with the next message. Stack: -1.
void CLua_setcallback(lua_State *_Nonnull L);
bool CLua_hascallback(lua_State *_Nonnull L);

// Calls callback(type, message, size, session, source) in the turn's thread object.
// LUA_OK: done. LUA_YIELD: a hook suspended it; go on later with CLua_continueturn. Anything else: the text of the
// error, with a traceback, or nil for an error that is not a string, was pushed on L. Stack: +0 or +1.
int CLua_turn(lua_State *_Nonnull L, int type, void *_Nullable message, size_t size, int session, uint32_t source);
int CLua_continueturn(lua_State *_Nonnull L);

// MARK: - Interrupts (Interrupt.c)

enum {
    CLUA_INTERRUPT_PREEMPT = 1,  // suspend the turn at the next instruction where that is possible
    CLUA_INTERRUPT_BREAK = 2,    // raise the error "signal 0" at the next instruction
};

// Installs the signal handler that arms hooks; once per process.
void CLua_installinterrupts(void);
// Leaves a request in the state; any thread may call it while the state is alive. It bites when the thread that runs
// the state is interrupted, or at its next turn.
void CLua_requestinterrupt(CLuaContext *_Nonnull context, uint32_t interrupt);
// Makes thread `thread` (a pthread_t) look for requests in the state it runs, if any.
void CLua_interruptthread(unsigned long thread);
// From now on suspends turns of the calling thread that use more CPU time than one to two periods. The timer lives as
// long as the thread. False when the system has no timer left.
bool CLua_startslicing(long nanoseconds);
// The calling thread, as CLua_interruptthread wants it; from now on it can be interrupted.
unsigned long CLua_currentthread(void);

// Tells the timer of the thread that a turn begins, or goes on in a new slice.
void CLua_beginturn(void);

// Used by Turn.c and Coroutine.c around everything that runs Lua code: which Lua thread object the calling thread runs.
lua_State *_Nullable CLua_enter(lua_State *_Nullable L);
// Arms the hook when a request is waiting.
void CLua_poll(lua_State *_Nonnull L);

// MARK: - Coroutines (Coroutine.c)

// Pushes the table of `skynet.profile`: start, stop, and the resume and wrap that keep time and let a turn be suspended
// from within nested coroutines. Stack: +1.
void CLua_pushprofile(lua_State *_Nonnull L);

// Pushes `sethook` of `skynet.debugchannel`: like debug.sethook, but its hooks may suspend (StepHook.c). Stack: +1.
void CLua_pushsethook(lua_State *_Nonnull L);

// MARK: - Strings whose end is to be told (Watch.c)

// Answers the address of the bytes of the string at `index`, and calls `gone` with it when the collector frees the
// string, or with the state's end: before the memory can be used again, on the thread that runs the state. `gone` must
// not touch any Lua state; it is the same function for all strings of a state. NULL for want of memory.
const void *_Nullable CLua_watchstring(lua_State *_Nonnull L, int index, void (*_Nonnull gone)(const void *_Nonnull));

// MARK: - Files (Dofile.c)

// Makes `dofile` of the function `loadfile` on top of the stack, which it replaces.
void CLua_pushdofile(lua_State *_Nonnull L);

// MARK: - Modules (Require.c)

// Makes `require` of the table `package` on top, which it replaces. `last` is called as last(name, tried) when no
// searcher knows a module; it answers a loader and its data, or the text of the error.
void CLua_pushrequire(lua_State *_Nonnull L, CLuaSwiftFunction _Nonnull last);
// Pushes a `require` that asks `last` only, with `tried` nil, and hands itself to what it loads as third argument. The
// `last` is that of all states of the process.
void CLua_pushownrequire(lua_State *_Nonnull L, CLuaSwiftFunction _Nonnull last);
// Makes a function that answers the value on top, which it replaces.
void CLua_pushconstant(lua_State *_Nonnull L);

// MARK: - The fence: redeclared only to be refused in Swift

#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wnullability-completeness"

#define CLUA_FENCED(remedy) __attribute__((availability(swift, unavailable, message = remedy)))
#define CLUA_RAISES(remedy) CLUA_FENCED("may raise a Lua error across Swift frames; " remedy)

LUA_API int lua_error(lua_State *L) CLUA_RAISES("return an error from the function: throw LuaError");
LUA_API void lua_callk(lua_State *L, int nargs, int nresults, lua_KContext ctx, lua_KFunction k)
    CLUA_RAISES("use CLua_pcall");
LUA_API int lua_pcallk(lua_State *L, int nargs, int nresults, int errfunc, lua_KContext ctx, lua_KFunction k)
    CLUA_FENCED("leaves the memory limit off; use CLua_pcall");
LUA_API int lua_yieldk(lua_State *L, int nresults, lua_KContext ctx, lua_KFunction k)
    CLUA_RAISES("yielding belongs to Lua and to C");
LUA_API int lua_resume(lua_State *L, lua_State *from, int narg, int *nres)
    CLUA_FENCED("belongs to Turn.c and Coroutine.c, which know who runs");
LUA_API int lua_next(lua_State *L, int idx) CLUA_RAISES("use CLua_rawnext");
LUA_API void lua_concat(lua_State *L, int n) CLUA_RAISES("build the string in Swift");
LUA_API void lua_len(lua_State *L, int idx) CLUA_RAISES("use lua_rawlen");
LUA_API void lua_arith(lua_State *L, int op) CLUA_RAISES("compute in Swift");
LUA_API int lua_compare(lua_State *L, int idx1, int idx2, int op) CLUA_RAISES("use lua_rawequal");
LUA_API int lua_getglobal(lua_State *L, const char *name) CLUA_RAISES("use CLua_pushglobals and lua_rawget");
LUA_API void lua_setglobal(lua_State *L, const char *name) CLUA_RAISES("use CLua_pushglobals and lua_rawset");
LUA_API int lua_gettable(lua_State *L, int idx) CLUA_RAISES("use lua_rawget");
LUA_API void lua_settable(lua_State *L, int idx) CLUA_RAISES("use lua_rawset");
LUA_API int lua_getfield(lua_State *L, int idx, const char *k) CLUA_RAISES("use lua_rawget");
LUA_API void lua_setfield(lua_State *L, int idx, const char *k) CLUA_RAISES("use lua_rawset");
LUA_API int lua_geti(lua_State *L, int idx, lua_Integer n) CLUA_RAISES("use lua_rawgeti");
LUA_API void lua_seti(lua_State *L, int idx, lua_Integer n) CLUA_RAISES("use lua_rawseti");
LUA_API void lua_toclose(lua_State *L, int idx) CLUA_RAISES("release in Swift");
LUA_API void lua_closeslot(lua_State *L, int idx) CLUA_RAISES("release in Swift");
LUA_API void lua_close(lua_State *L) CLUA_FENCED("leaks the context; use CLua_close");
LUALIB_API int luaL_argerror(lua_State *L, int arg, const char *extramsg) CLUA_RAISES("throw LuaError.argument");
LUALIB_API int luaL_typeerror(lua_State *L, int arg, const char *tname) CLUA_RAISES("throw LuaStack.typeError");
LUALIB_API const char *luaL_checklstring(lua_State *L, int arg, size_t *l) CLUA_RAISES("use LuaStack.requireBytes");
LUALIB_API const char *luaL_optlstring(lua_State *L, int arg, const char *def, size_t *l)
    CLUA_RAISES("use LuaStack.requireBytes");
LUALIB_API lua_Number luaL_checknumber(lua_State *L, int arg) CLUA_RAISES("use LuaStack.requireNumber");
LUALIB_API lua_Number luaL_optnumber(lua_State *L, int arg, lua_Number def) CLUA_RAISES("use LuaStack.requireNumber");
LUALIB_API lua_Integer luaL_checkinteger(lua_State *L, int arg) CLUA_RAISES("use LuaStack.requireInteger");
LUALIB_API lua_Integer luaL_optinteger(lua_State *L, int arg, lua_Integer def) CLUA_RAISES("use LuaStack.requireInteger");
LUALIB_API void luaL_checkstack(lua_State *L, int sz, const char *msg) CLUA_RAISES("use lua_checkstack");
LUALIB_API void luaL_checktype(lua_State *L, int arg, int t) CLUA_RAISES("use LuaStack.typeError");
LUALIB_API void luaL_checkany(lua_State *L, int arg) CLUA_RAISES("use LuaStack.isNoneOrNil");
LUALIB_API void *luaL_checkudata(lua_State *L, int ud, const char *tname) CLUA_RAISES("use LuaObjectKind.require");
LUALIB_API int luaL_checkoption(lua_State *L, int arg, const char *def, const char *const lst[])
    CLUA_RAISES("throw LuaError.argument");
LUALIB_API void luaL_checkversion_(lua_State *L, lua_Number ver, size_t sz) CLUA_RAISES("the trampoline's state is ours");
LUALIB_API int luaL_callmeta(lua_State *L, int obj, const char *e) CLUA_RAISES("use CLua_pcall");
LUALIB_API const char *luaL_tolstring(lua_State *L, int idx, size_t *len) CLUA_RAISES("use CLua_tostring");
LUALIB_API lua_Integer luaL_len(lua_State *L, int idx) CLUA_RAISES("use lua_rawlen");
LUALIB_API int luaL_getsubtable(lua_State *L, int idx, const char *fname) CLUA_RAISES("use lua_rawget");
LUALIB_API void luaL_requiref(lua_State *L, const char *modname, lua_CFunction openf, int glb)
    CLUA_RAISES("use LuaModule.push");
LUALIB_API void luaL_openlibs(lua_State *L) CLUA_RAISES("use CLua_openlibs");

#pragma clang diagnostic pop

#endif
