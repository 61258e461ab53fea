// dofile in C, so that what it runs may yield, and no service has to load a chunk for it.
#include "CLuaShim.h"

static int all_results(lua_State *L, int status, lua_KContext unused) {
    (void)status;
    (void)unused;
    return lua_gettop(L) - 1;
}

static int run_file(lua_State *L) {
    lua_settop(L, 1);
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_pushvalue(L, 1);
    lua_call(L, 1, 2);
    if (lua_isnil(L, 2))
        return lua_error(L);
    lua_settop(L, 2);
    lua_callk(L, 0, LUA_MULTRET, 0, all_results);
    return all_results(L, LUA_OK, 0);
}

void CLua_pushdofile(lua_State *L) {
    lua_pushcclosure(L, run_file, 1);
}
