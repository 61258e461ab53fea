// A table of the registry that knows coroutines without keeping them alive.
#ifndef CLUASHIM_WEAKTABLE_H
#define CLUASHIM_WEAKTABLE_H

#include <lua.h>

// Pushes the table that the registry holds under the address `key`, whose own keys are weak. Stack: +1.
static inline void push_weak_table(lua_State *L, const void *key) {
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, key) == LUA_TTABLE)
        return;
    lua_pop(L, 1);
    lua_newtable(L);
    lua_createtable(L, 0, 1);
    lua_pushliteral(L, "k");
    lua_setfield(L, -2, "__mode");
    lua_setmetatable(L, -2);
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, key);
}

#endif
