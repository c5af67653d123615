using System.Text.Json;
using System.Text.RegularExpressions;
using LifelongApi.Api.Hosting;

namespace LifelongApi.Api.Requests;

/// <summary>Mistakes that the serializer finds in a body, in the words of a caller: JSON paths instead of .NET types.</summary>
internal static partial class ContractMistakes
{
    /// <summary>The problem of a body that does not fit its contract.</summary>
    public static ProblemException From(Exception error)
    {
        var json = error as JsonException;
        var path = PathPattern().Match(error.Message) is { Success: true } match ? match.Groups[1].Value : json?.Path;
        var field = path is null or "$" or "" ? "body" : path.StartsWith("$.", StringComparison.Ordinal) ? path[2..] : path;
        if (UnmappedPattern().Match(error.Message) is { Success: true } unmapped)
        {
            var name = unmapped.Groups[1].Value;
            var known = field == name || field.EndsWith('.' + name, StringComparison.Ordinal) ? field : field == "body" ? name : $"{field}.{name}";
            return ProblemException.Invalid(known, $"is not a known property{KnownOf(unmapped.Groups[2].Value)}. Names are case-sensitive.");
        }

        if (MissingPattern().Match(error.Message) is { Success: true } missing)
        {
            var name = missing.Groups[1].Value.Split(',')[0].Trim(' ', '\'');
            return ProblemException.Invalid(field == "body" ? name : $"{field}.{name}", "is missing; give it.");
        }

        if (ConvertPattern().Match(error.Message) is { Success: true } convert)
        {
            return ProblemException.Invalid(field, Expected(convert.Groups[1].Value));
        }

        if (error.Message.Contains("discriminator", StringComparison.Ordinal))
        {
            return ProblemException.Invalid(field, "has no 'kind', or one that is not known; give one of the kinds in the documentation.");
        }

        return json is null ? ProblemException.Invalid(field, "has a form that is not known.") : JsonText.Malformed(json, field);
    }

    private static string KnownOf(string type)
    {
        var contract = typeof(Contracts.ContractJson).Assembly.GetType(type) ?? typeof(ContractMistakes).Assembly.GetType(type);
        return contract is null ? "" : $"; the known ones are {string.Join(", ", contract.GetProperties().Select(property => JsonNamingPolicy.CamelCase.ConvertName(property.Name)))}";
    }

    private static string Expected(string type)
    {
        var name = type.Contains('[', StringComparison.Ordinal) ? type[(type.LastIndexOf('[') + 1)..].TrimEnd(']') : type;
        var contract = typeof(Contracts.ContractJson).Assembly.GetType(name);
        if (contract is { IsEnum: true })
        {
            return $"is not one of {string.Join(", ", Enum.GetNames(contract).Select(JsonNamingPolicy.CamelCase.ConvertName))}.";
        }

        return name switch
        {
            "System.String" => "must be a string.",
            "System.Boolean" => "must be true or false.",
            "System.Int32" or "System.Int64" or "System.UInt64" => "must be a whole number in range.",
            "System.Single" or "System.Double" => "must be a number.",
            _ => type.Contains("List", StringComparison.Ordinal) ? "must be an array." : "must be an object.",
        };
    }

    [GeneratedRegex(@"Path: (\S+?)(?: \||\.?$|\. )")]
    private static partial Regex PathPattern();

    [GeneratedRegex(@"The JSON property '([^']*)' could not be mapped to any \.NET member contained in type '([^']*)'")]
    private static partial Regex UnmappedPattern();

    [GeneratedRegex("missing required properties including: (.+?)[.]")]
    private static partial Regex MissingPattern();

    [GeneratedRegex(@"could not be converted to ([^ ]+?)\.? Path")]
    private static partial Regex ConvertPattern();
}
