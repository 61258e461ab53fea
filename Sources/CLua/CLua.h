// The system's Lua 5.4, as its own headers declare it. Nothing is added here; what Swift may not call is fenced off in
// CLuaShim.h.
#include <lua.h>
#include <lauxlib.h>
#include <lualib.h>
