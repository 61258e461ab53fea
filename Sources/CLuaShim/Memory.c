// A state's memory account. The limit is enforced here and only while Lua code runs: a refusal makes Lua raise, and
// while a Swift function is on the stack that would jump over it. A Swift function may thus exceed the limit by
// what it pushes; the next allocation of Lua code is refused instead.
#include "CLuaShim.h"
#include "Blocks.h"
#include "Watch.h"
#include <stdio.h>
#include <stdlib.h>

#define FIRST_WARNING ((size_t)32 << 20)

static void *allocate(void *userdata, void *block, size_t old_size, size_t new_size) {
    CLuaContext *context = userdata;
    // For a new block Lua passes the kind of object in `old_size`.
    size_t held = block ? old_size : 0;
    if (new_size == 0) {
        context->memory_used -= held;
        if (context->watch && block)
            watch_freed(context->watch, block, held);
        if (block)
            blocks_free(block, held);
        return NULL;
    }
    size_t used = context->memory_used - held + new_size;
    if (context->memory_limit != 0 && used > context->memory_limit && new_size > held && !context->swift_on_stack)
        return NULL;
    void *moved = block ? blocks_reallocate(block, held, new_size) : blocks_allocate(new_size);
    if (moved == NULL) {
        if (!context->swift_on_stack)
            return NULL;
        fputs("swiftgate: out of memory inside a native function\n", stderr);
        abort();
    }
    context->memory_used = used;
    if (used > context->memory_warning) {
        while (used > context->memory_warning)
            context->memory_warning *= 2;
        context->memory_warned = true;
    }
    return moved;
}

// Called by Lua outside any protected call, where the only choice left is to say so and stop.
static int panic(lua_State *L) {
    const char *text = lua_tostring(L, -1);
    fprintf(stderr, "swiftgate: unprotected Lua error: %s\n", text ? text : "(not a string)");
    return 0;
}

lua_State *CLua_newstate(void *owner) {
    CLuaContext *context = calloc(1, sizeof *context);
    if (context == NULL)
        return NULL;
    context->owner = owner;
    context->memory_warning = FIRST_WARNING;
    context->swift_on_stack = true;  // who makes the state is Swift; Turn.c and ProtectedCall.c say when Lua runs
    lua_State *L = lua_newstate(allocate, context);
    if (L == NULL) {
        free(context);
        return NULL;
    }
    *(CLuaContext **)lua_getextraspace(L) = context;
    lua_atpanic(L, panic);
    return L;
}

void CLua_close(lua_State *L) {
    CLuaContext *context = CLua_context(L);
    // Finalizers are Lua code; whatever the limit was, the state must be able to end.
    context->memory_limit = 0;
    context->swift_on_stack = false;
    lua_State *outer = CLua_enter(NULL);
    lua_close(L);
    CLua_enter(outer);
    watch_end(context->watch);
    free(context);
}
