-- One debugger attached to this service: what it prints, what typed code may use, its breakpoints.

local require_own = select(3, ...) or require "skynet.require".own
local skynet = require_own "skynet"
local breakpoint = require_own "skynet.remotedebug.breakpoint"

---@class debugger
---@field write fun(text: string)
---@field attached boolean
---@field private names table what typed code may use besides globals
---@field private environment table
---@field private armed table<table, { stopping: function, handler: function }> by protocol
---@field private points breakpoint[] the stopped ones; lines go to the first
local debugger = {}
debugger.__index = debugger

--- Prints what code returned, or why it failed.
function debugger:show(ok, ...)
	if not ok then
		return self.write(tostring((...)) .. "\n")
	end
	local pieces = {}
	for index = 1, select("#", ...) do
		pieces[index] = tostring((select(index, ...))) .. "\t"
	end
	if pieces[1] then
		self.write(table.concat(pieces) .. "\n")
	end
end

function debugger:prompt()
	local point = self.points[1]
	self.write(point and point.prompt or skynet.address(skynet.self()) .. ">")
end

-- MARK: breakpoints

--- A handler has stopped; only the first of several is talked to.
function debugger:stopped(point)
	table.insert(self.points, point)
	if self.points[1] == point then
		self:prompt()
	end
end

--- Takes the point that is talked to off the list; the next one, if any, speaks up.
function debugger:leave_point()
	local point = table.remove(self.points, 1)
	if self.points[1] then
		self:prompt()
	end
	return point
end

function debugger:new_point()
	return {
		wanted = function() return self.attached end,
		stopped = function(point) self:stopped(point) end,
		ended = function()
			if self.attached and not self.points[1] then
				self:prompt()
			end
		end,
	}
end

--- Arms a one-shot breakpoint at the next message of a protocol that fulfils the condition.
---@param name string|integer protocol
---@param condition? fun(session: integer, source: integer, ...: any): boolean
function debugger:watch(name, condition)
	local proto = skynet._proto[name]
	local handler = proto and proto.dispatch or error("no dispatch function for protocol " .. tostring(name), 0)
	local function stopping(session, source, ...)
		if not self.attached or condition and not condition(session, source, ...) then
			return handler(session, source, ...)
		end
		proto.dispatch = handler
		return breakpoint.run(self:new_point(), handler, session, source, ...)
	end
	proto.dispatch = stopping
	self.armed[proto] = { stopping = stopping, handler = handler }
end

--- Puts back the dispatch functions of breakpoints nothing has reached.
function debugger:disarm()
	for proto, armed in pairs(self.armed) do
		if proto.dispatch == armed.stopping then
			proto.dispatch = armed.handler
		end
	end
end

-- MARK: what the user types

local AT_BREAKPOINT <const> = {
	s = breakpoint.step_into,
	n = breakpoint.step_over,
}

function debugger:obey_at(point, line)
	local step = AT_BREAKPOINT[line]
	if step then
		step(self:leave_point())
	elseif line == "c" then
		breakpoint.release(self:leave_point())
	else
		if line:find "%S" then
			self:show(breakpoint.evaluate(point, line, self.names))
		end
		self:prompt()
	end
end

function debugger:evaluate(line)
	local chunk = load("return " .. line, "=console", "t", self.environment)
	local failure
	if not chunk then
		chunk, failure = load(line, "=console", "t", self.environment)
	end
	if chunk then
		self:show(pcall(chunk))
	else
		self:show(false, failure)
	end
end

--- Obeys one line.
---@param line string
function debugger:obey(line)
	local point = self.points[1]
	if line == "cont" then
		self.attached = false
	elseif point then
		self:obey_at(point, line)
	else
		if line:find "%S" then
			self:evaluate(line)
		end
		self:prompt()
	end
end

--- Ends the session: nothing stays armed, nobody stays stopped.
function debugger:leave()
	self.attached = false
	self:disarm()
	while self.points[1] do
		breakpoint.release(table.remove(self.points, 1))
	end
end

---@param write fun(text: string)
---@return debugger
return function(write)
	local self = setmetatable({ write = write, attached = true, armed = {}, points = {} }, debugger)
	self.names = {
		print = function(...)
			local words = table.pack(...)
			for index = 1, words.n do
				words[index] = tostring(words[index])
			end
			write(table.concat(words, "\t") .. "\n")
		end,
		watch = function(...) self:watch(...) end,
	}
	self.environment = setmetatable({}, {
		__index = function(_, name)
			local value = self.names[name]
			if value == nil then
				value = _G[name]
			end
			return value
		end,
	})
	return self
end
