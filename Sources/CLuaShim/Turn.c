// A turn: one message handled by the state's callback, in a thread object of its own.
//
// The thread object is resumed, not called, so that a hook can suspend a turn that runs too long (Interrupt.c) and the
// turn can go on later, on another thread. The callback lies at the bottom of the thread object's stack; the registry
// keeps it too, because a failed turn clears that stack.
#include "CLuaShim.h"

static char thread_key, callback_key;

bool CLua_hascallback(lua_State *L) {
    return CLua_context(L)->turn != NULL;
}

void CLua_setcallback(lua_State *L) {
    CLuaContext *context = CLua_context(L);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &callback_key);
    context->callback_changed = true;
    if (context->turn == NULL) {
        context->turn = lua_newthread(L);
        lua_rawsetp(L, LUA_REGISTRYINDEX, &thread_key);
    }
}

// The thread that owns the state is its main one; errors are reported there.
static int finish(lua_State *L, lua_State *turn, int status) {
    if (status == LUA_OK) {
        lua_settop(turn, 1);
        return status;
    }
    if (status == LUA_YIELD) {
        if (CLua_context(L)->preempted)
            return status;
        lua_settop(turn, 0);
        lua_pushliteral(L, "attempt to yield from outside a coroutine");
        lua_resetthread(turn);
        return LUA_ERRRUN;
    }
    const char *text = lua_tostring(turn, -1);
    if (status == LUA_ERRRUN && text)
        luaL_traceback(L, turn, text, 0);
    else if (text)
        lua_pushstring(L, text);
    else
        lua_pushnil(L);
    lua_resetthread(turn);
    lua_settop(turn, 0);
    return status;
}

static int run(lua_State *L, lua_State *turn, int arguments) {
    CLuaContext *context = CLua_context(L);
    context->swift_on_stack = false;
    context->preemptible = true;
    context->preempted = false;
    lua_State *outer = CLua_enter(turn);
    CLua_beginturn();
    CLua_poll(turn);
    int results = 0;
    int status = lua_resume(turn, L, arguments, &results);
    CLua_enter(outer);
    context->preemptible = false;
    context->swift_on_stack = true;
    return finish(L, turn, status);
}

int CLua_turn(lua_State *L, int type, void *message, size_t size, int session, uint32_t source) {
    CLuaContext *context = CLua_context(L);
    lua_State *turn = context->turn;
    if (context->callback_changed || lua_gettop(turn) != 1) {
        context->callback_changed = false;
        lua_settop(turn, 0);
        lua_rawgetp(turn, LUA_REGISTRYINDEX, &callback_key);
    }
    lua_pushvalue(turn, 1);
    lua_pushinteger(turn, type);
    lua_pushlightuserdata(turn, message);
    lua_pushinteger(turn, (lua_Integer)size);
    lua_pushinteger(turn, session);
    lua_pushinteger(turn, source);
    return run(L, turn, 5);
}

int CLua_continueturn(lua_State *L) {
    return run(L, CLua_context(L)->turn, 0);
}
