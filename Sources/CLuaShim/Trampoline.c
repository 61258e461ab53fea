// Lua calls Swift: one C function stands between them, so that errors are raised where no Swift frame is left above.
#include "CLuaShim.h"

static int raise(lua_State *L, int code) {
    switch (code) {
    case CLUA_RAISE_ARGUMENT:
        return luaL_argerror(L, CLua_context(L)->argument, lua_tostring(L, -1));
    case CLUA_RAISE_MESSAGE:
        luaL_where(L, 1);
        lua_insert(L, -2);
        lua_concat(L, 2);
        return lua_error(L);
    default:
        return lua_error(L);
    }
}

static int trampoline(lua_State *L) {
    CLuaSwiftFunction function = (CLuaSwiftFunction)lua_touserdata(L, lua_upvalueindex(1));
    CLuaContext *context = CLua_context(L);
    bool outer = context->swift_on_stack;
    context->swift_on_stack = true;
    int results = function(L);
    context->swift_on_stack = outer;
    return results >= 0 ? results : raise(L, results);
}

void CLua_pushfunction(lua_State *L, CLuaSwiftFunction function) {
    lua_pushlightuserdata(L, (void *)function);
    lua_pushcclosure(L, trampoline, 1);
}
