using System.Text.Json;
using LifelongApi.Contracts;
using LifelongApi.Contracts.Learning;

namespace LifelongApi.Cli.Rows;

/// <summary>Features as JSON on the command line.</summary>
internal static class FeatureText
{
    internal static FeatureSet Parse(string text)
    {
        try
        {
            return JsonSerializer.Deserialize<FeatureSet>(text, ContractJson.Options) ?? throw new CliException("--features must not be null.");
        }
        catch (JsonException exception)
        {
            throw new CliException($"--features is not JSON: {JsonReason.Of(exception)}");
        }
    }
}
