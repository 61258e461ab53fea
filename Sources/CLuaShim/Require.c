// `require` for states whose owner has modules of its own: what no searcher finds is asked of a Swift function, which
// looks where scripts have no say, and tells in the end what was tried. Module chunks are called from here and not from
// Swift, so that a traceback of their errors is whole.
#include "CLuaShim.h"
#include <stdatomic.h>

// Upvalues of `require`.
enum { PACKAGE = 1, LAST = 2 };
// What stands where on the stack; when a loader was found, it and its data take the places of the search.
enum { NAME = 1, LOADED = 2, TRIED = 3, SEARCHERS = 4, LOADER = 3, DATA = 4 };

// Whether the module is loaded, and then on top.
static bool is_loaded(lua_State *L) {
    luaL_checkstring(L, NAME);
    lua_settop(L, NAME);
    lua_getfield(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
    lua_getfield(L, LOADED, lua_tostring(L, NAME));
    if (lua_toboolean(L, -1))
        return true;
    lua_settop(L, LOADED);
    return false;
}

// Takes the loader and its data, which are on top, to their places.
static void place(lua_State *L) {
    lua_replace(L, DATA);
    lua_replace(L, LOADER);
    lua_settop(L, DATA);
}

// Asks what `package.searchers` holds now. False, with what was tried as a text, when none of them knows.
static bool ask_searchers(lua_State *L) {
    lua_pushliteral(L, "");
    if (lua_getfield(L, lua_upvalueindex(PACKAGE), "searchers") != LUA_TTABLE)
        return false;
    for (lua_Integer i = 1; lua_rawgeti(L, SEARCHERS, i) != LUA_TNIL; i++) {
        lua_pushvalue(L, NAME);
        lua_call(L, 1, 2);
        if (lua_isfunction(L, -2)) {
            place(L);
            return true;
        }
        if (lua_isstring(L, -2)) {
            lua_pushvalue(L, TRIED);
            lua_pushliteral(L, "\n\t");
            lua_pushvalue(L, -4);
            lua_concat(L, 3);
            lua_replace(L, TRIED);
        }
        lua_settop(L, SEARCHERS);
    }
    return false;
}

// Asks the Swift function, which is on top, and raises the text that it answers instead of a loader.
static void ask_last(lua_State *L) {
    lua_replace(L, SEARCHERS);
    lua_settop(L, SEARCHERS);
    lua_pushvalue(L, SEARCHERS);
    lua_pushvalue(L, NAME);
    lua_pushvalue(L, TRIED);
    lua_call(L, 2, 2);
    if (!lua_isfunction(L, -2)) {
        lua_pop(L, 1);
        lua_error(L);
    }
    place(L);
}

// Calls the loader with the name, the data, and the value at `itself` where that is not 0; answers the module and the
// data.
static int load(lua_State *L, int itself) {
    const char *name = lua_tostring(L, NAME);
    lua_pushvalue(L, LOADER);
    lua_pushvalue(L, NAME);
    lua_pushvalue(L, DATA);
    if (itself)
        lua_pushvalue(L, itself);
    lua_call(L, itself ? 3 : 2, 1);
    if (!lua_isnil(L, -1))
        lua_setfield(L, LOADED, name);
    if (lua_getfield(L, LOADED, name) == LUA_TNIL) {
        lua_pushboolean(L, true);
        lua_pushvalue(L, -1);
        lua_setfield(L, LOADED, name);
    }
    lua_pushvalue(L, DATA);
    return 2;
}

static int require(lua_State *L) {
    if (is_loaded(L))
        return 1;
    if (!ask_searchers(L)) {
        lua_pushvalue(L, lua_upvalueindex(LAST));
        ask_last(L);
    }
    return load(L, 0);
}

static _Atomic(CLuaSwiftFunction) own_last;

// The library's own: it asks no searcher, and what it loads gets this function as third argument, so that a part of the
// library needs nothing that scripts may have replaced.
static int require_own(lua_State *L) {
    if (is_loaded(L))
        return 1;
    lua_pushnil(L);  // tried
    lua_pushnil(L);  // no searchers
    CLua_pushfunction(L, atomic_load(&own_last));
    ask_last(L);
    lua_Debug record;
    lua_getstack(L, 0, &record);
    lua_getinfo(L, "f", &record);
    return load(L, lua_gettop(L));
}

void CLua_pushrequire(lua_State *L, CLuaSwiftFunction last) {
    CLua_pushfunction(L, last);
    lua_pushcclosure(L, require, 2);
}

void CLua_pushownrequire(lua_State *L, CLuaSwiftFunction last) {
    // One for all states, so that the function needs no closure in each of them.
    atomic_store(&own_last, last);
    lua_pushcfunction(L, require_own);
}

static int answer(lua_State *L) {
    lua_pushvalue(L, lua_upvalueindex(1));
    return 1;
}

void CLua_pushconstant(lua_State *L) {
    lua_pushcclosure(L, answer, 1);
}
