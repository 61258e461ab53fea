-- The old name of `skynet.multicast`; found when `lualib/compat10/?.lua` is on `lua_path`.
return require "skynet.multicast"
