using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using LifelongApi.Api.Hosting;

namespace LifelongApi.Api.Requests;

/// <summary>Pieces of JSON text as the readers of requests need them.</summary>
internal static class JsonText
{
    /// <summary>The unescaped text of a string or property name.</summary>
    /// <param name="reader">Stands on the token.</param>
    /// <param name="scratch">Grown where the text has escapes.</param>
    /// <param name="field">Field to name where the text is not Unicode.</param>
    /// <returns>A view into the request or into <paramref name="scratch"/>.</returns>
    public static ReadOnlySpan<byte> Utf8(scoped ref Utf8JsonReader reader, ref byte[] scratch, string field)
    {
        if (!reader.ValueIsEscaped)
        {
            return Utf8Valid(ref reader, reader.ValueSpan, field);
        }

        if (scratch.Length < reader.ValueSpan.Length)
        {
            scratch = new byte[Math.Max(reader.ValueSpan.Length, scratch.Length * 2)];
        }

        try
        {
            return scratch.AsSpan(0, reader.CopyString(scratch));
        }
        catch (InvalidOperationException)
        {
            throw ProblemException.Invalid(field, "The text is not valid Unicode (half a surrogate pair); send whole characters.");
        }
    }

    /// <summary>The string that a reader stands on.</summary>
    public static string Text(scoped ref Utf8JsonReader reader, string field)
    {
        byte[] scratch = [];
        return Encoding.UTF8.GetString(Utf8(ref reader, ref scratch, field));
    }

    /// <summary>The same where arrays of the text may have been read as a whole: the place is found anew, token by token.</summary>
    public static ProblemException Malformed(ReadOnlySpan<byte> json, JsonException error, string what = "body")
    {
        var reader = new Utf8JsonReader(json);
        try
        {
            while (reader.Read())
            {
            }

            return Malformed(error, what);
        }
        catch (JsonException anew)
        {
            return Malformed(anew, what);
        }
    }

    /// <summary>The JSON error in the words of a problem, with the line (from 1) and byte (from 1) where reading stopped.</summary>
    public static ProblemException Malformed(JsonException error, string what = "body")
    {
        var message = error.Message;
        if (message.StartsWith("The input does not contain any JSON tokens", StringComparison.Ordinal))
        {
            return ProblemException.Invalid(what, "is empty; send a JSON object.");
        }

        var cut = message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        if (cut >= 0)
        {
            message = message[..cut];
        }

        var hint = message.Contains("'N'", StringComparison.Ordinal) || message.Contains("'I'", StringComparison.Ordinal)
            ? " Numbers must be finite: NaN and Infinity are not JSON."
            : "";
        return ProblemException.Invalid(what, FormattableString.Invariant(
            $"Not valid JSON at line {(error.LineNumber ?? 0) + 1}, byte {(error.BytePositionInLine ?? 0) + 1}: {message}{hint}"));
    }

    /// <summary>Kind of a token, in the words of a caller.</summary>
    public static string KindOf(JsonTokenType token) => token switch
    {
        JsonTokenType.String => "a string",
        JsonTokenType.Number => "a number",
        JsonTokenType.True or JsonTokenType.False => "a boolean",
        JsonTokenType.StartArray => "an array",
        JsonTokenType.StartObject => "an object",
        _ => "null",
    };

    /// <summary>Text of the request as it may stand in a message: short, and without half characters.</summary>
    public static string Quoted(ReadOnlySpan<byte> utf8)
    {
        const int Longest = 64;
        return utf8.Length <= Longest ? Encoding.UTF8.GetString(utf8) : Encoding.UTF8.GetString(utf8[..Longest]) + "…";
    }

    private static ReadOnlySpan<byte> Utf8Valid(scoped ref Utf8JsonReader reader, ReadOnlySpan<byte> text, string field) =>
        System.Text.Unicode.Utf8.IsValid(text)
            ? text
            : throw ProblemException.Invalid(field, "The text is not valid UTF-8.");

    /// <summary>A boolean that the reader stands on.</summary>
    /// <exception cref="ProblemException">400 for anything else.</exception>
    public static bool Flag(ref Utf8JsonReader reader, string field) => reader.TokenType switch
    {
        JsonTokenType.True => true,
        JsonTokenType.False => false,
        _ => throw ProblemException.Invalid(field, $"is {KindOf(reader.TokenType)}; give true or false."),
    };
}
