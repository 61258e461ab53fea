// Swift calls Lua: everything that can raise happens below lua_pcall and comes back as a status.
#include "CLuaShim.h"

static int add_traceback(lua_State *L) {
    const char *text = lua_tostring(L, 1);
    if (text)
        luaL_traceback(L, L, text, 1);
    else
        lua_settop(L, 1);
    return 1;
}

int CLua_pcall(lua_State *L, int arguments, int results, bool traceback) {
    CLuaContext *context = CLua_context(L);
    int handler = 0;
    if (traceback) {
        handler = lua_gettop(L) - arguments;
        lua_pushcfunction(L, add_traceback);
        lua_insert(L, handler);
    }
    bool outer_swift = context->swift_on_stack;
    bool outer_preemptible = context->preemptible;
    lua_State *outer = CLua_enter(L);
    context->swift_on_stack = false;
    context->preemptible = false;
    int status = lua_pcall(L, arguments, results, handler);
    context->preemptible = outer_preemptible;
    context->swift_on_stack = outer_swift;
    CLua_enter(outer);
    if (traceback)
        lua_remove(L, handler);
    return status;
}

static int openlibs(lua_State *L) {
    luaL_openlibs(L);
    return 0;
}

int CLua_openlibs(lua_State *L) {
    lua_pushcfunction(L, openlibs);
    return CLua_pcall(L, 0, 0, false);
}

static int value_to_string(lua_State *L) {
    luaL_tolstring(L, 1, NULL);
    return 1;
}

int CLua_tostring(lua_State *L, int index) {
    index = lua_absindex(L, index);
    lua_pushcfunction(L, value_to_string);
    lua_pushvalue(L, index);
    return CLua_pcall(L, 1, 1, false);
}

int CLua_rawnext(lua_State *L, int index) {
    return lua_next(L, index);
}

static int next(lua_State *L) {
    return lua_next(L, 1) ? 2 : 0;
}

int CLua_checkednext(lua_State *L, int index, bool *found) {
    lua_pushvalue(L, index);
    lua_insert(L, -2);
    lua_pushcfunction(L, next);
    lua_insert(L, -3);
    int below = lua_gettop(L) - 3;
    int status = CLua_pcall(L, 2, LUA_MULTRET, false);
    *found = status == LUA_OK && lua_gettop(L) > below;
    return status;
}

static int get_item(lua_State *L) {
    lua_geti(L, 1, lua_tointeger(L, 2));
    return 1;
}

int CLua_checkedgeti(lua_State *L, int index, lua_Integer key) {
    index = lua_absindex(L, index);
    lua_pushcfunction(L, get_item);
    lua_pushvalue(L, index);
    lua_pushinteger(L, key);
    return CLua_pcall(L, 2, 1, false);
}
