using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using LifelongApi.Contracts;
using LifelongApi.Contracts.Models;

namespace LifelongApi.Experiments.Harness;

/// <summary>Another setting of some transform of every projection, through the spec's JSON: <c>--set elasticAnchor.interval=16,observeFisher.labels=expected</c>.</summary>
internal static class SpecChange
{
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
                : JsonValue.Create(value));
        }

        return json.Deserialize<ModelSpec>(ContractJson.Options)!;
    }
}
