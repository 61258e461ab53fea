--- Where the functions of `skynet` live that are not in skynet.lua itself.

---@class skynet.rarely_used: skynet.requests, skynet.replies, skynet.concurrency, skynet.environment, skynet.inspection, skynet.tasks, skynet.tracing, skynet.select, skynet.ptype
---@field register_protocol fun(class: skynet.protocol)  see skynet.protocols
---@field init fun(f: function)  see skynet.blocking_require
---@field exit fun()  see skynet.exit
---@field response fun(pack?: function): fun(ok: boolean|"TEST", ...): boolean  see skynet.response
---@field term fun(address: integer|string)  see skynet.failure
---@field dispatch_unknown_request fun(f: function): function?  see skynet.unhandled
---@field dispatch_unknown_response fun(f: function): function?
---@field genid fun(): integer
---@field hpc fun(): integer  monotonic nanoseconds
---@field harbor fun(address: integer): integer, boolean  node id, and whether it is another node
---@field packstring fun(...): string

--- One string instead of a table: a service pays for it once, however many names there are.
local places = [[
skynet.core: genid hpc harbor packstring
skynet.requests: send rawsend redirect call rawcall newservice
skynet.replies: ret retpack ignoreret context
skynet.concurrency: sleep yield wait wakeup fork timeout
skynet.protocols: register_protocol
skynet.environment: self address getenv setenv starttime time localname uniqueservice queryservice pcall cache
skynet.inspection: endless mqlen stat info_func memlimit
skynet.blocking_require: init init_all
skynet.tasks: task uniqtask killthread trace_timeout
skynet.tracing: trace tracetag tracelog traceproto tracecall
skynet.unhandled: dispatch_unknown_request dispatch_unknown_response
skynet.select: request
skynet.response: response
skynet.failure: term
skynet.exit: exit
]]

---The module that owns a function.
---@param name any
---@return string?
return function(name)
	if type(name) ~= "string" then
		return nil
	elseif name:find "^PTYPE_" then
		return "skynet.ptype"
	end
	for module, names in places:gmatch "(%S+):([^\n]*)" do
		if (names .. " "):find(" " .. name .. " ", 1, true) then
			return module
		end
	end
end
