-- The old name of `skynet.datacenter`; found when `lualib/compat10/?.lua` is on `lua_path`.
return require "skynet.datacenter"
