// What a debugger needs and debug.sethook can't do: a hook that suspends its coroutine. The service goes on with other
// messages meanwhile and the debugger resumes the coroutine later, so that a breakpoint holds no thread (every thread
// here is an event loop's). Only a C hook may yield.
#include "CLuaShim.h"
#include "WeakTable.h"

static char hooks_key;

// Pushes the table coroutine -> function. Stack: +1.
static void push_hooks(lua_State *L) {
    push_weak_table(L, &hooks_key);
}

// Asks the coroutine's function whether to stop here. Below a C function that can't be suspended it is not asked.
static void step_hook(lua_State *L, lua_Debug *event) {
    static const char *const names[] = {"call", "return", "line", "count", "tail call"};
    if (!lua_isyieldable(L))
        return;
    push_hooks(L);
    lua_pushthread(L);
    if (lua_rawget(L, -2) != LUA_TFUNCTION) {
        // A coroutine inherits the hook of its creator, but nobody debugs this one.
        lua_pop(L, 2);
        lua_sethook(L, NULL, 0, 0);
        return;
    }
    lua_pushstring(L, names[event->event]);
    lua_pushinteger(L, event->currentline);
    lua_call(L, 2, 1);
    bool stop = lua_toboolean(L, -1);
    lua_pop(L, 2);
    if (stop && (event->event == LUA_HOOKLINE || event->event == LUA_HOOKCOUNT))
        lua_yield(L, 0);
}

static int mask_of(const char *text) {
    int mask = 0;
    for (; *text; text++) {
        mask |= *text == 'c' ? LUA_MASKCALL : 0;
        mask |= *text == 'r' ? LUA_MASKRET : 0;
        mask |= *text == 'l' ? LUA_MASKLINE : 0;
    }
    return mask;
}

// sethook([coroutine,] [function(event, line), mask]): where the function returns true at a line, the coroutine yields
// nothing. Whoever resumes it lets it go on from there; what it is resumed with is lost.
static int set_hook(lua_State *L) {
    int first = lua_isthread(L, 1) ? 2 : 1;
    lua_State *co = first == 2 ? lua_tothread(L, 1) : L;
    bool on = !lua_isnoneornil(L, first);
    int mask = 0;
    if (on) {
        luaL_checktype(L, first, LUA_TFUNCTION);
        mask = mask_of(luaL_checkstring(L, first + 1));
    }
    push_hooks(L);
    if (first == 2)
        lua_pushvalue(L, 1);
    else
        lua_pushthread(L);
    if (on)
        lua_pushvalue(L, first);
    else
        lua_pushnil(L);
    lua_rawset(L, -3);
    lua_sethook(co, on ? step_hook : NULL, mask, 0);
    return 0;
}

void CLua_pushsethook(lua_State *L) {
    lua_pushcfunction(L, set_hook);
}
