"""Reads straight C functions, and says what they compute, as terms of z3.

A number of C is an integer and the width of its type; each operation is done on
integers without limit, and the result is cut to the width, as C says for
unsigned types, where that matters: before it is compared, divided, widened. So
a product that does not fit is seen. To z3 all is linear: a quotient is a new
variable and the fact that defines it, a product of two variables is a new
variable in its bounds (any number there: what is proved holds for the product).

What is understood is what the functions of time are made of: declarations,
assignments, "if" before one statement, "return", calls that the caller of run()
answers. Anything else is an error: the proof says so instead of proving
something else.
"""

import re

import z3

TOKEN = re.compile(r"\s*(0x[0-9a-f]+[ul]*|\d+[ul]*|[A-Za-z_]\w*|->|<<|>>|<=|"
                   r">=|==|!=|&&|\|\||\+=|-=|.)", re.I)
WIDTH = {"uint64_t": 64, "uint32_t": 32, "unsigned": 32, "int": 32, "bool": 1,
         "__int128": 128, "int64_t": 64}
ORDER = ("?", "||", "&&", "|", "^", "&", "== !=", "< > <= >=", "<< >>", "+ -",
         "* / %")


class Value:
    """An integer (Python's or z3's), right modulo 2^bits, from low to high."""

    def __init__(self, number, bits, low=None, high=None):
        self.number, self.bits = number, bits
        self.low = number if low is None else low
        self.high = number if high is None else high


class Facts:
    """What z3 is to believe of the variables that were made on the way, and
    the products among them: {(x, y as text): (x, y, product)}."""

    def __init__(self):
        self.list, self.products = [], {}

    def new(self, *facts_of):
        variable = z3.FreshInt()
        self.list += [fact(variable) for fact in facts_of]
        return variable

    def product(self, x, y, most):
        key = tuple(sorted((str(x), str(y))))
        if key not in self.products:
            self.products[key] = (x, y, self.new(lambda p: p >= 0,
                                                 lambda p: p <= most))
        return self.products[key][2]

    def cut(self, value):
        """The value's number itself, from 0 to 2^bits - 1."""
        size, x = 1 << value.bits, value.number
        if isinstance(x, int):
            return Value(x % size, value.bits)
        if z3.is_bool(x) or 0 <= value.low and value.high < size:
            return value
        if value.low >= -size and value.high < size:
            return Value(z3.If(x < 0, x + size, x), value.bits, 0, size - 1)
        quotient = self.new()
        rest = self.new(lambda r: r >= 0, lambda r: r < size,
                        lambda r: x == quotient * size + r)
        return Value(rest, value.bits, 0, size - 1)

    def divide(self, a, b):
        """The quotient of two values that are cut."""
        x, y = a.number, b.number
        if isinstance(x, int) and isinstance(y, int):
            return Value(x // y, a.bits)
        high = a.high // max(b.low, 1)
        quotient = self.new(lambda q: q >= 0, lambda q: q <= high)
        below = quotient * y if isinstance(y, int) else \
            self.product(quotient, y, a.high)
        self.list += [below <= x, x < below + y]
        return Value(quotient, a.bits, 0, high)


def truth(value):
    number = value.number
    return number if z3.is_bool(number) or isinstance(number, bool) \
        else number != 0


class Function:
    """A function's body; run() computes it."""

    def __init__(self, source, name, macros=""):
        body = re.search(rf"\b{name}\([^;{{}}]*\)\n\{{(.*?)^\}}", source,
                         re.M | re.S)
        self.name = name
        macros = dict(re.findall(r"^#define (\w+) +(.+?)(?: */\*.*)?$",
                                 macros, re.M))
        text = re.sub(r"/\*.*?\*/", "", body[1], flags=re.S)
        while any(re.search(rf"\b{m}\b", text) for m in macros):
            text = re.sub(r"\b\w+\b", lambda m: macros.get(m[0], m[0]), text)
        self.text = text

    def run(self, facts, names, calls):
        """What it returns; `names` has the values of its variables, and gets
        those that it writes. `leaves` holds the conditions under which it
        returned earlier."""
        self.tokens = [t for t in TOKEN.findall(self.text) if t.strip()]
        self.facts, self.names, self.calls = facts, names, calls
        self.leaves, self.at = [], 0
        names.update(true=Value(1, 32), false=Value(0, 32))
        while self.at < len(self.tokens):
            if self.peek("return"):
                result = self.expression()
                self.expect(";")
                return result
            self.statement()
        return None

    # ---- Statements ----------------------------------------------------------

    def peek(self, *tokens):
        """Takes one of these tokens, if it comes next."""
        if self.at < len(self.tokens) and self.tokens[self.at] in tokens:
            self.at += 1
            return self.tokens[self.at - 1]
        return None

    def expect(self, token):
        if not self.peek(token):
            raise SyntaxError(f"{self.name}: {token} expected at " + " ".join(
                self.tokens[max(self.at - 8, 0):self.at + 4]))

    def type(self):
        """The width of a type's name, if one comes next."""
        bits, start = None, self.at
        while self.at < len(self.tokens) and \
                self.tokens[self.at] in (*WIDTH, "const"):
            bits = WIDTH.get(self.tokens[self.at], bits)
            self.at += 1
        if bits is None:
            self.at = start
        return bits

    def statement(self, condition=True):
        if self.peek("if"):
            self.expect("(")
            condition = truth(self.expression())
            self.expect(")")
            if self.peek("return"):
                self.leaves.append(condition)
                self.expression()
                self.expect(";")
                return
            self.statement(condition)
            return
        bits = self.type()
        self.assignment(bits, condition)
        while bits and self.peek(","):
            self.assignment(bits, condition)
        self.expect(";")

    def assignment(self, bits, condition):
        name = self.lvalue()
        operator = self.peek("=", "+=", "-=")
        if not operator and bits:
            return                      # declared, not set
        value = self.expression()
        if operator != "=":
            value = self.apply(operator[0], self.names[name], value)
        if bits is None:
            bits = self.names[name].bits if name in self.names else 64
        value = self.convert(value, bits)
        if condition is not True:
            value, old = self.facts.cut(value), self.names[name]
            value = Value(z3.If(condition, value.number, old.number), bits,
                          min(value.low, old.low), max(value.high, old.high))
        self.names[name] = value

    def convert(self, value, bits):
        """The value in another type: a wider one holds the number itself."""
        if bits > value.bits:
            value = self.facts.cut(value)
        return Value(value.number, bits, value.low, value.high)

    def lvalue(self):
        name = self.tokens[self.at]
        self.at += 1
        while self.peek("->", "."):
            name += "." + self.tokens[self.at]
            self.at += 1
        while self.peek("["):
            name += f"[{self.tokens[self.at]}]"
            self.at += 1
            self.expect("]")
            while self.peek("."):
                name += "." + self.tokens[self.at]
                self.at += 1
        return name

    # ---- Expressions ---------------------------------------------------------

    def expression(self, level=0):
        if level == len(ORDER):
            return self.unary()
        left = self.expression(level + 1)
        if level == 0:
            if not self.peek("?"):
                return left
            yes = self.facts.cut(self.expression())
            self.expect(":")
            no = self.facts.cut(self.expression())
            return Value(z3.If(truth(left), yes.number, no.number),
                         max(yes.bits, no.bits), min(yes.low, no.low),
                         max(yes.high, no.high))
        operator = self.peek(*ORDER[level].split())
        while operator:
            left = self.apply(operator, left, self.expression(level + 1))
            operator = self.peek(*ORDER[level].split())
        return left

    def unary(self):
        if self.peek("!"):
            return Value(z3.Not(truth(self.unary())), 32)
        if self.peek("~"):
            value = self.facts.cut(self.unary())
            most = (1 << value.bits) - 1
            return Value(most - value.number, value.bits, most - value.high,
                         most - value.low)
        if self.peek("&"):
            return Value(self.lvalue(), 64)     # a pointer, for a call
        if self.peek("("):
            bits = self.type()
            if bits:
                self.expect(")")
                return self.convert(self.unary(), bits)
            value = self.expression()
            self.expect(")")
            return value
        token = self.tokens[self.at]
        if token[0].isdigit():
            self.at += 1
            return Value(int(token.rstrip("ulUL"), 0),
                         64 if "l" in token.lower() else 32)
        if token == "sizeof":
            raise SyntaxError(f"{self.name}: sizeof")
        if self.tokens[self.at + 1] == "(":
            return self.call()
        return self.names[self.lvalue()]

    def call(self):
        name = self.tokens[self.at]
        self.at += 2
        arguments = []
        while not self.peek(")"):
            arguments.append(self.expression())
            self.peek(",")
        if name in ("likely", "unlikely"):
            return arguments[0]
        return self.calls[name](*arguments)

    def apply(self, operator, a, b):
        """C's rules for unsigned numbers, of the wider of the two types."""
        if operator in ("&&", "||"):
            both = z3.And if operator == "&&" else z3.Or
            return Value(both(truth(a), truth(b)), 32)
        if operator in ("<<", ">>"):    # by a constant; the left one's type
            return self.apply("*" if operator == "<<" else "/", a,
                              Value(1 << b.number, max(a.bits, 32)))
        bits = max(a.bits, b.bits, 32)
        a, b = self.convert(a, bits), self.convert(b, bits)
        if operator in ("+", "-", "*"):
            return self.sum_or_product(operator, a, b, bits)
        a, b = self.facts.cut(a), self.facts.cut(b)
        x, y = a.number, b.number
        if operator == "/":
            return self.facts.divide(a, b)
        if operator == "&":
            return self.masked(a, y)
        return Value({"<": x < y, ">": x > y, "<=": x <= y, ">=": x >= y,
                      "==": x == y, "!=": x != y}[operator], 32)

    def sum_or_product(self, operator, a, b, bits):
        x, y = a.number, b.number
        if operator == "+":
            return Value(x + y, bits, a.low + b.low, a.high + b.high)
        if operator == "-":
            return Value(x - y, bits, a.low - b.high, a.high - b.low)
        a, b = self.facts.cut(a), self.facts.cut(b)
        x, y = a.number, b.number
        linear = isinstance(x, int) or isinstance(y, int)
        return Value(x * y if linear else
                     self.facts.product(x, y, a.high * b.high), bits,
                     a.low * b.low, a.high * b.high)

    def masked(self, a, mask):
        """a & mask, for masks of ones and then zeros, or zeros and ones."""
        if isinstance(a.number, int):
            return Value(a.number & mask, a.bits)
        low = mask & -mask              # the lowest bit of the mask
        if mask & mask + 1 == 0:
            return Value(self.facts.cut(Value(
                a.number, mask.bit_length(), a.low, a.high)).number, a.bits,
                         0, mask)
        if mask + low == 1 << a.bits:
            quotient = self.facts.divide(a, Value(low, a.bits))
            return Value(quotient.number * low, a.bits, 0, a.high)
        raise SyntaxError(f"{self.name}: & {mask:#x}")
