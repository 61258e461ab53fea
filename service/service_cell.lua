-- Accepts one `lua` message: init code arguments...; then whatever that code makes it accept.
-- The body of a service made by `skynet.service`.

local skynet = require "skynet"
local name = ...

local function no_dispatch()
	error "No dispatch function"
end

--- The code believes to be a service script; its start function runs when its main part is done.
local function run_script(code, ...)
	local script = assert(load(code, name))
	local start, start_function = skynet.start, nil
	skynet.start = function(f) start_function = f end
	local ok, err = xpcall(script, debug.traceback, ...)
	skynet.start = start
	if not ok then
		error(err, 0)
	elseif start_function then
		start_function()
	end
end

skynet.start(function()
	skynet.dispatch("lua", function(_, _, command, ...)
		assert(command == "init")
		skynet.dispatch("lua", no_dispatch)
		run_script(...)
		skynet.ret()
	end)
end)
