--- Messages that are handled strictly one after the other, even when the handler blocks.
--- Deprecated: `skynet.queue` does the same for parts of any handler.

local skynet = require "skynet"

---@class skynet.mqueue
local M = {}

local messages, first, last = {}, 1, 0
local handler ---@type function?
local waiting = false

local function failure(ok, err, ...)
	if not ok then
		error(err, 0)
	end
	return err, ...
end

local function handle(message)
	local ok, err
	if message.respond then
		ok, err = pcall(message.respond, true, pcall(handler, table.unpack(message, 1, message.n)))
	else
		ok, err = pcall(handler, table.unpack(message, 1, message.n))
	end
	if not ok then
		skynet.error(err)
	end
end

local function work()
	while true do
		while first <= last do
			local message = messages[first]
			messages[first] = nil
			first = first + 1
			handle(message)
		end
		first, last = 1, 0
		waiting = true
		skynet.wait(messages)
	end
end

local function receive(session, _, ...)
	local message = table.pack(...)
	message.respond = session ~= 0 and skynet.response() or nil
	last = last + 1
	messages[last] = message
	if waiting then
		waiting = false
		skynet.wakeup(messages)
	end
end

skynet.register_protocol {
	name = "queue",
	id = skynet.PTYPE_QUEUE,
	pack = skynet.pack,
	unpack = skynet.unpack,
	dispatch = receive,
}

---Sets the function that handles the messages; once.
---@param f function
function M.register(f)
	assert(handler == nil)
	handler = f
	skynet.fork(work)
end

---Sends a message to the queue of a service and waits for what its function returns.
---@param addr integer|string
---@param ... any
---@return any ...
function M.call(addr, ...)
	return failure(skynet.call(addr, "queue", ...))
end

---Sends a message to the queue of a service.
---@param addr integer|string
---@param ... any
function M.send(addr, ...)
	return skynet.send(addr, "queue", ...)
end

---How many messages wait.
---@return integer
function M.size()
	return last - first + 1
end

return M
