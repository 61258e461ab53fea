-- The old name of `skynet.stm`; found when `lualib/compat10/?.lua` is on `lua_path`.
return require "skynet.stm"
