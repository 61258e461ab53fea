/* This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
 * Licensed under the MIT License; see LICENSE.
 *
 * Runs one Lua script in a plain Lua state, with a clock and the packet functions of plain_netpack.c to measure. */
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <pthread.h>
#include <stdio.h>
#include <time.h>

int open_plain_netpack(lua_State *L);

static lua_Integer nanoseconds(void) {
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return (lua_Integer)time.tv_sec * 1000000000 + time.tv_nsec;
}

static int now(lua_State *L) {
	lua_pushinteger(L, nanoseconds());
	return 1;
}

/* new_states(count): nanoseconds that `count` new states with the standard libraries took, closing them not counted. */
static int new_states(lua_State *L) {
	lua_Integer count = luaL_checkinteger(L, 1), total = 0;
	for (lua_Integer i = 0; i < count; i++) {
		lua_Integer start = nanoseconds();
		lua_State *state = luaL_newstate();
		if (state == NULL) return luaL_error(L, "no memory for a state");
		luaL_openlibs(state);
		total += nanoseconds() - start;
		lua_close(state);
	}
	lua_pushinteger(L, total);
	return 1;
}

static void *nothing(void *argument) {
	return argument;
}

/*
 * A gate has threads, and the allocator then takes locks that it leaves out as long as a process has never had a second
 * thread. What is compared with a gate has to pay for them, too.
 */
static void become_threaded(void) {
	pthread_t thread;
	if (pthread_create(&thread, NULL, nothing, NULL) == 0)
		pthread_join(thread, NULL);
}

int main(int argc, char **argv) {
	if (argc != 2) {
		fprintf(stderr, "usage: %s script.lua\n", argv[0]);
		return 2;
	}
	become_threaded();
	static const luaL_Reg clock_functions[] = {{"now", now}, {"new_states", new_states}, {NULL, NULL}};
	lua_State *L = luaL_newstate();
	luaL_openlibs(L);
	luaL_newlib(L, clock_functions);
	lua_setglobal(L, "baseline");
	luaL_requiref(L, "plain_netpack", open_plain_netpack, 0);
	if (luaL_dofile(L, argv[1]) != LUA_OK) {
		fprintf(stderr, "%s\n", lua_tostring(L, -1));
		return 1;
	}
	lua_close(L);
	return 0;
}
