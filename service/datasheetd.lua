-- Accepts `lua` messages: new, update, query, monitor, release. Datasheets arrive in their compiled text form.
-- It keeps them as packed blocks that all services of the process read in place.

local skynet = require "skynet"
local blocks = require "skynet.sharedata.blocks"
local compiler = require "skynet.datasheet.compiler"
local new_store = require "skynet.sharedata.store"

local store = new_store()
local command = {}

--- The compiler has checked everything.
---@type blocks.policy
local policy = {
	key = function() end,
	value = function(value) return value end,
}

function command.new(_, name, text)
	assert(not store:has(name), "already exists")
	store:publish(name, blocks.build(compiler.parse(text), policy))
	skynet.retpack()
end

function command.update(_, name, text)
	store:publish(name, blocks.build(compiler.parse(text), policy))
	skynet.retpack()
end

function command.query(source, name)
	assert(store:has(name), "no such datasheet")
	skynet.retpack(store:borrow(name, source))
end

store:serve(command)
