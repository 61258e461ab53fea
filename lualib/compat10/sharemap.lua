-- The old name of `skynet.sharemap`; found when `lualib/compat10/?.lua` is on `lua_path`.
return require "skynet.sharemap"
