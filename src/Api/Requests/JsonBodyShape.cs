using System.Text.Json;
using LifelongApi.Api.Hosting;

namespace LifelongApi.Api.Requests;

/// <summary>The outside of a JSON text: one object, and nothing after it.</summary>
internal static class JsonBodyShape
{
    /// <summary>Moves onto the start of the object.</summary>
    public static void ReadObjectStart(scoped ref Utf8JsonReader reader, string what)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw ProblemException.Invalid(what, $"is {JsonText.KindOf(reader.TokenType)}; give an object such as {{\"features\": …}}.");
        }
    }

    /// <summary>Makes sure that nothing follows (the reader throws where something does).</summary>
    public static void ReadEnd(scoped ref Utf8JsonReader reader) => reader.Read();
}
