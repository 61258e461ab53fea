-- The old name of `skynet.socketdriver`; found when `lualib/compat10/?.lua` is on `lua_path`.
return require "skynet.socketdriver"
