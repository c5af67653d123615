using System.Text.Json;
using System.Text.Json.Serialization;
using LifelongApi.Contracts;

namespace LifelongApi.Client;

/// <summary>The wire's JSON as a client reads it: a newer service may say more than this client knows.</summary>
internal static class ClientJson
{
    internal static JsonSerializerOptions Options { get; } = Create();

    private static JsonSerializerOptions Create()
    {
        var options = new JsonSerializerOptions(ContractJson.Options) { UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip };
        options.MakeReadOnly();
        return options;
    }
}
