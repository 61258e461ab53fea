-- The old name of `skynet.cluster`; found when `lualib/compat10/?.lua` is on `lua_path`.
return require "skynet.cluster"
