--- What a slave and the native service `harbor` say to each other: texts of two types.

local skynet = require "skynet"

local M = {}

local function identity(text) return text end

---Registers both types.
---@param receive fun(session: integer, source: integer, text: string?) takes what harbor says, of type `text`
function M.register(receive)
	skynet.register_protocol {
		name = "harbor", id = skynet.PTYPE_HARBOR, pack = identity, unpack = skynet.tostring,
	}
	skynet.register_protocol {
		name = "text", id = skynet.PTYPE_TEXT, pack = identity, unpack = skynet.tostring, dispatch = receive,
	}
end

return M
