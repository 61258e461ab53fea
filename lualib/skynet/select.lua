--- Several requests at once, their answers in the order in which they come.

local require_own = select(3, ...) or require "skynet.require".own
local core = require_own "skynet.core"
local skynet = require_own "skynet"
local concurrency, errors = require_own "skynet.concurrency", require_own "skynet.errors"
local state = skynet._state

require_own "skynet.requests" -- makes `state.called`
local waiting, called = state.waiting, state.called

---@class skynet.request
---@field timeout boolean?  true once the time was up
local Request = {}
Request.__index = Request

---Adds a request.
---@param entry table  { address, typename, ... }; named fields are left alone
---@return skynet.request self
function Request:add(entry)
	assert(not self.started)
	self.entries[#self.entries + 1] = entry
	return self
end

Request.__call = Request.add

local function deliver(request, entry, answer)
	local n = request.answered + 1
	request.answered = n
	request.answers[n] = { entry, answer }
	skynet.wakeup(request)
end

local function unpacked(unpack, ptr, size)
	return table.pack(unpack(ptr, size))
end

--- Runs in a coroutine of its own, first to stand waiting, then resumed by the reply (or by false).
local function receive(request, entry, session, unpack)
	local ok, ptr, size = coroutine.yield()
	request.sessions[session] = nil
	called[session] = nil
	local answer = false
	if ok then
		ok, answer = pcall(unpacked, unpack, ptr, size)
		if not ok then
			errors.report(tostring(answer))
			answer = false
		end
	end
	deliver(request, entry, answer)
end

local function send_one(request, entry, p)
	local addr = entry[1]
	local fresh_session = state.fresh_session
	if state.trace then
		state.trace.call(addr)
	end
	local session = core.send(addr, p.id, fresh_session and fresh_session(),
		p.pack(table.unpack(entry, 3, entry.n or #entry)))
	if not session then
		return false
	end
	request.sessions[session] = true
	called[session] = addr
	waiting[session] = concurrency.prepare(receive, request, entry, session, p.unpack)
	return true
end

local function send_all(request)
	local protocols = {}
	for i, entry in ipairs(request.entries) do
		local p = skynet._proto[entry[2]]
		protocols[i] = p.id and p
	end
	for i, entry in ipairs(request.entries) do
		if not send_one(request, entry, protocols[i]) then
			table.insert(request.invalid, entry)
		end
	end
end

local function next_answer(request)
	local invalid = table.remove(request.invalid)
	if invalid then
		return invalid, nil
	end
	while request.taken == request.answered do
		if request.taken == request.expected or request.timeout then
			return nil
		end
		skynet.wait(request)
	end
	local n = request.taken + 1
	request.taken = n
	local answer = request.answers[n]
	request.answers[n] = nil
	return answer[1], answer[2]
end

local function drop_late_replies(request)
	request.finished = true
	for session in pairs(request.sessions) do
		local co = waiting[session]
		if co and co ~= "BREAK" then
			waiting[session], called[session] = "BREAK", nil
			concurrency.discard(co)
		end
	end
end

local guard = { __close = function(self) drop_late_replies(self.request) end }

local function limit_time(request, ticks)
	skynet.timeout(ticks, function()
		if not request.finished and request.answered < request.expected then
			request.timeout = true
			skynet.wakeup(request)
		end
	end)
end

---Sends all requests; to be used in a `for`: `for entry, answer in request:select() do`.
---The answer is packed by `table.pack`; false: the request failed; nil: nobody was there.
---@param ticks integer?  how long to wait
---@return function, skynet.request, nil, table
function Request:select(ticks)
	assert(not self.started)
	if not state.current then
		error("attempt to yield from outside a coroutine", 0)
	end
	self.started = true
	send_all(self)
	self.expected = #self.entries - #self.invalid
	if ticks then
		limit_time(self, ticks)
	end
	return next_answer, self, nil, setmetatable({ request = self }, guard)
end

---@class skynet.select
local M = {}

---Starts a list of requests.
---@param entry table?  the first one
---@return skynet.request
function M.request(entry)
	local request = setmetatable({
		entries = {}, invalid = {}, sessions = {}, answers = {}, answered = 0, taken = 0, expected = 0,
	}, Request)
	return entry and request:add(entry) or request
end

return M
