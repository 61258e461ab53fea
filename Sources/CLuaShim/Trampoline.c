// Lua calls Swift: one C function stands between them, so that errors are raised where no Swift frame is left above.
#include "CLuaShim.h"
#include <stdatomic.h>

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

static int call(lua_State *L, CLuaSwiftFunction function) {
    CLuaContext *context = CLua_context(L);
    bool outer = context->swift_on_stack;
    context->swift_on_stack = true;
    int results = function(L);
    context->swift_on_stack = outer;
    return results >= 0 ? results : raise(L, results);
}

// Lua tells C functions apart by their address alone, so each Swift function gets a C function of its own, as long as
// there are some left. Against a closure with the Swift function's address in it that saves a look at the closure in
// every call, and an object of the collector's for every function of every module of every service.
enum { LIGHT_FUNCTIONS = 512 };
static _Atomic(CLuaSwiftFunction) functions[LIGHT_FUNCTIONS];

#define LIGHT(n) \
    static int light_##n(lua_State *L) { \
        return call(L, atomic_load_explicit(&functions[n], memory_order_relaxed)); \
    }
#define NAME(n) light_##n,
#define EACH_OF_16(with, n) \
    with(n##0) with(n##1) with(n##2) with(n##3) with(n##4) with(n##5) with(n##6) with(n##7) \
    with(n##8) with(n##9) with(n##a) with(n##b) with(n##c) with(n##d) with(n##e) with(n##f)
#define EACH_OF_256(with, n) \
    EACH_OF_16(with, n##0) EACH_OF_16(with, n##1) EACH_OF_16(with, n##2) EACH_OF_16(with, n##3) \
    EACH_OF_16(with, n##4) EACH_OF_16(with, n##5) EACH_OF_16(with, n##6) EACH_OF_16(with, n##7) \
    EACH_OF_16(with, n##8) EACH_OF_16(with, n##9) EACH_OF_16(with, n##a) EACH_OF_16(with, n##b) \
    EACH_OF_16(with, n##c) EACH_OF_16(with, n##d) EACH_OF_16(with, n##e) EACH_OF_16(with, n##f)

EACH_OF_256(LIGHT, 0x0)
EACH_OF_256(LIGHT, 0x1)
static const lua_CFunction light_functions[LIGHT_FUNCTIONS] = {EACH_OF_256(NAME, 0x0) EACH_OF_256(NAME, 0x1)};

// The C function of `function`, found by hashing its address, or NULL when all are taken.
static lua_CFunction light_function(CLuaSwiftFunction function) {
    size_t first = ((uintptr_t)function >> 4) * 31;
    for (size_t step = 0; step < LIGHT_FUNCTIONS; step++) {
        size_t slot = (first + step) % LIGHT_FUNCTIONS;
        CLuaSwiftFunction holder = NULL;
        if (atomic_compare_exchange_strong(&functions[slot], &holder, function) || holder == function)
            return light_functions[slot];
    }
    return NULL;
}

static int closure(lua_State *L) {
    return call(L, (CLuaSwiftFunction)lua_touserdata(L, lua_upvalueindex(1)));
}

void CLua_pushfunction(lua_State *L, CLuaSwiftFunction function) {
    lua_CFunction light = light_function(function);
    if (light) {
        lua_pushcfunction(L, light);
        return;
    }
    lua_pushlightuserdata(L, (void *)function);
    lua_pushcclosure(L, closure, 1);
}
