-- The old name of `skynet.socket`; found when `lualib/compat10/?.lua` is on `lua_path`.
return require "skynet.socket"
