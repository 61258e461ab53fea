// LuaServices
