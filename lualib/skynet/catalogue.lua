--- Where the rarely used functions of `skynet` live: name -> module. Loaded at the first use of any of them.

---@class skynet.rarely_used: skynet.environment, skynet.inspection, skynet.tasks, skynet.tracing, skynet.select, skynet.ptype
---@field exit fun()  see skynet.ending
---@field response fun(pack?: function): fun(ok: boolean|"TEST", ...): boolean  see skynet.deferred
---@field term fun(address: integer|string)  see skynet.failure
---@field dispatch_unknown_request fun(f: function): function?  see skynet.stray
---@field dispatch_unknown_response fun(f: function): function?
---@field genid fun(): integer
---@field hpc fun(): integer  monotonic nanoseconds
---@field harbor fun(address: integer): integer, boolean  node id, and whether it is another node
---@field packstring fun(...): string
---@field tracelog fun(tag: string, text: string, ...)
local catalogue = {}

local function add(module, names)
	for name in names:gmatch "%S+" do
		catalogue[name] = module
	end
end

add("skynet.core", "genid hpc harbor packstring")
add("skynet.environment", "getenv setenv starttime time localname uniqueservice queryservice pcall cache")
add("skynet.inspection", "endless mqlen stat info_func memlimit")
add("skynet.tasks", "task uniqtask killthread trace_timeout")
add("skynet.tracing", "trace tracetag tracelog traceproto tracecall")
add("skynet.stray", "dispatch_unknown_request dispatch_unknown_response")
add("skynet.select", "request")
add("skynet.deferred", "response")
add("skynet.failure", "term")
add("skynet.ending", "exit")

return catalogue
