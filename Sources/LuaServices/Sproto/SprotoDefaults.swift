// This file is part of swiftgate, a home for skynet scripts on SwiftNIO.
// Licensed under the MIT License; see LICENSE.

internal import LuaRuntime

/// What the fields of a type are as long as nobody sets them.
enum SprotoDefaults {
    /// Pushes a table of every field's default. Stack: +1.
    static func push(_ type: SprotoType, of schema: SprotoSchema, on stack: LuaStack) {
        stack.pushTable(fields: Int32(type.fields.count))
        for field in type.fields {
            stack.push(bytes: field.name)
            push(field, of: schema, on: stack)
            stack.rawSet(-3)
        }
    }

    private static func push(_ field: SprotoField, of schema: SprotoSchema, on stack: LuaStack) {
        if field.shape != .one {
            pushTagged("__array", field.value, of: schema, on: stack)
        } else if case .structure = field.value {
            pushTagged("__type", field.value, of: schema, on: stack)
        } else {
            pushElement(field.value, of: schema, on: stack)
        }
    }

    private static func pushTagged(
        _ tag: StaticString,
        _ value: SprotoValueType,
        of schema: SprotoSchema,
        on stack: LuaStack
    ) {
        stack.pushTable(fields: 1)
        pushElement(value, of: schema, on: stack)
        stack.rawSet(-2, field: tag)
    }

    /// A default value; for a structure the name of its type.
    private static func pushElement(_ value: SprotoValueType, of schema: SprotoSchema, on stack: LuaStack) {
        switch value {
        case .integer: stack.push(0)
        case .decimal, .double: stack.push(0.0)
        case .boolean: stack.push(false)
        case .string: stack.push("" as StaticString)
        case .structure(let index): stack.push(bytes: schema.types[index].name)
        }
    }
}
