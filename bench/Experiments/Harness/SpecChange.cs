using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using LifelongApi.Contracts;
using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;

namespace LifelongApi.Experiments.Harness;

/// <summary>Another setting of some transform of every projection, through the spec's JSON: <c>--set elasticAnchor.interval=16,observeFisher.labels=expected</c>.</summary>
internal static class SpecChange
{
    /// <summary>The same with another chain of transforms in every projection.</summary>
    /// <param name="spec">The spec.</param>
    /// <param name="json">Transforms as a spec has them, a JSON array.</param>
    public static ModelSpec WithTransforms(ModelSpec spec, string json)
    {
        var transforms = JsonSerializer.Deserialize<IReadOnlyList<TransformSpec>>(json, ContractJson.Options)!;
        return spec with { Network = spec.Network with { Projections = [.. spec.Network.Projections.Select(projection => projection with { Transforms = transforms })] } };
    }

    public static ModelSpec Apply(ModelSpec spec, string changes)
    {
        var json = JsonSerializer.SerializeToNode(spec, ContractJson.Options)!;
        foreach (var change in changes.Split(','))
        {
            if (change.Split('.', 2) is not [var kind, var setting] || setting.Split('=', 2) is not [var field, var value])
            {
                throw new ArgumentException($"--set takes kind.field=value, not '{change}'.");
            }

            var transforms = json["network"]!["projections"]!.AsArray().SelectMany(projection => projection!["transforms"]!.AsArray()).Where(transform => (string?)transform!["kind"] == kind).ToList();
            if (transforms.Count == 0)
            {
                throw new ArgumentException($"No projection has a transform '{kind}'.");
            }

            transforms.ForEach(transform => transform![field] = double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
                ? number == Math.Floor(number) ? (long)number : number
                : bool.TryParse(value, out var flag) ? JsonValue.Create(flag) : JsonValue.Create(value));
        }

        return json.Deserialize<ModelSpec>(ContractJson.Options)!;
    }
}
