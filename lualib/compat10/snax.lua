-- The old name of `skynet.snax`; found when `lualib/compat10/?.lua` is on `lua_path`.
return require "skynet.snax"
