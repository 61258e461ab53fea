-- The old name of `skynet.netpack`; found when `lualib/compat10/?.lua` is on `lua_path`.
return require "skynet.netpack"
