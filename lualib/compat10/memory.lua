-- The old name of `skynet.memory`; found when `lualib/compat10/?.lua` is on `lua_path`.
return require "skynet.memory"
