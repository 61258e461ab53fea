/* This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
 * Licensed under the MIT License; see LICENSE.
 *
 * The work of pack, tostring, filter and pop in plain C called from Lua: the same copies and allocations, and none of
 * the care that a gate must take (no split packets, one socket, no check of who owns a pointer). */
#include <lauxlib.h>
#include <lua.h>
#include <stdlib.h>
#include <string.h>

enum { CAPACITY = 1024 };

struct packet {
	void *bytes;
	size_t size;
};

struct queue {
	size_t first, count;
	struct packet packets[CAPACITY];
};

static int pack(lua_State *L) {
	size_t size;
	const char *text = luaL_checklstring(L, 1, &size);
	if (size >= 0x10000) return luaL_error(L, "a packet is too long: %d", (int)size);
	unsigned char *bytes = malloc(size + 2);
	if (bytes == NULL) return luaL_error(L, "no memory");
	bytes[0] = size >> 8;
	bytes[1] = size & 0xff;
	memcpy(bytes + 2, text, size);
	lua_pushlightuserdata(L, bytes);
	lua_pushinteger(L, size + 2);
	return 2;
}

static int tostring(lua_State *L) {
	void *bytes = lua_touserdata(L, 1);
	lua_pushlstring(L, bytes, luaL_checkinteger(L, 2));
	free(bytes);
	return 1;
}

static struct queue *queue_at(lua_State *L, int index) {
	struct queue *queue = lua_touserdata(L, index);
	if (queue != NULL) return queue;
	queue = lua_newuserdatauv(L, sizeof *queue, 0);
	queue->first = queue->count = 0;
	lua_replace(L, index);
	return queue;
}

/* filter(queue, bytes, size): cuts whole packets, keeps a copy of each, frees the bytes. */
static int filter(lua_State *L) {
	struct queue *queue = queue_at(L, 1);
	unsigned char *bytes = lua_touserdata(L, 2);
	size_t size = luaL_checkinteger(L, 3);
	for (size_t at = 0; at + 2 <= size && queue->count < CAPACITY;) {
		size_t length = (size_t)bytes[at] << 8 | bytes[at + 1];
		struct packet *packet = &queue->packets[(queue->first + queue->count++) % CAPACITY];
		packet->bytes = malloc(length > 0 ? length : 1);
		packet->size = length;
		if (packet->bytes == NULL) return luaL_error(L, "no memory");
		memcpy(packet->bytes, bytes + at + 2, length);
		at += 2 + length;
	}
	free(bytes);
	lua_settop(L, 1);
	lua_pushliteral(L, "more");
	return 2;
}

static int pop(lua_State *L) {
	struct queue *queue = lua_touserdata(L, 1);
	if (queue == NULL || queue->count == 0) return 0;
	struct packet *packet = &queue->packets[queue->first];
	queue->first = (queue->first + 1) % CAPACITY;
	queue->count--;
	lua_pushinteger(L, 1);
	lua_pushlightuserdata(L, packet->bytes);
	lua_pushinteger(L, packet->size);
	return 3;
}

/* copy(text): a block as a socket would hand it over. */
static int copy(lua_State *L) {
	size_t size;
	const char *text = luaL_checklstring(L, 1, &size);
	void *bytes = malloc(size);
	if (bytes == NULL) return luaL_error(L, "no memory");
	memcpy(bytes, text, size);
	lua_pushlightuserdata(L, bytes);
	lua_pushinteger(L, size);
	return 2;
}

static int release(lua_State *L) {
	free(lua_touserdata(L, 1));
	return 0;
}

int open_plain_netpack(lua_State *L) {
	static const luaL_Reg functions[] = {{"pack", pack}, {"tostring", tostring}, {"filter", filter}, {"pop", pop},
		{"copy", copy}, {"release", release}, {NULL, NULL}};
	luaL_newlib(L, functions);
	return 1;
}
