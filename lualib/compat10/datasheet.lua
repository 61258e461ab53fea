-- The old name of `skynet.datasheet`; found when `lualib/compat10/?.lua` is on `lua_path`.
return require "skynet.datasheet"
