using System.Text.Encodings.Web;
using System.Text.Json;
using LifelongApi.Contracts;

namespace LifelongApi.Api.Requests;

/// <summary>
/// How answers are written: as the contracts say, with quotes and letters beyond ASCII as they are. They are JSON and never part of
/// a page, so escaping for HTML would only make messages and class names hard to read.
/// </summary>
internal static class AnswerJson
{
    /// <summary>For the serializer.</summary>
    public static JsonSerializerOptions Options { get; } = Create();

    /// <summary>For writers of their own.</summary>
    public static JsonWriterOptions Writer { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static JsonSerializerOptions Create()
    {
        var options = new JsonSerializerOptions(ContractJson.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        options.MakeReadOnly();
        return options;
    }
}
