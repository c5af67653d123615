using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Compilation;

namespace LifelongApi.Learning.Recipes;

/// <summary>The default models a user gets by name, expanded into full specs.</summary>
public static class Presets
{
    private const int NamedHashBits = 10;
    private const int NamedCategories = 12;
    private static readonly Dictionary<string, Func<InputSpec, TargetSpec, NetworkSpec>> Known = new()
    {
        ["classifier"] = DefaultRecipe.Network,
        ["regressor"] = DefaultRecipe.Network,
        ["classifier-large"] = DefaultRecipe.Large,
        ["compact"] = CompactRecipe.Network,
        ["analytic"] = DefaultRecipe.Analytic,
        ["anomaly"] = AnomalyRecipe.Network,
    };

    private static string Names => string.Join(", ", Known.Keys.Select(name => $"'{name}'"));

    /// <summary>Turns a request into the spec that is stored: expands the preset, fills defaults, checks everything.</summary>
    /// <param name="request">What the user asked for.</param>
    /// <returns>The expanded, valid spec.</returns>
    /// <exception cref="SpecException">The request has mistakes.</exception>
    public static ModelSpec Expand(CreateModelRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var spec = request.Network is null ? ExpandPreset(request) : TakeNetwork(request);
        SpecValidator.Check(spec);
        return spec;
    }

    private static ModelSpec TakeNetwork(CreateModelRequest request)
    {
        var validator = new SpecValidator();
        if (request.Preset is not null)
        {
            validator.Add("preset", "a request names a preset or a network, not both; leave one out");
        }

        if (request.Input is null)
        {
            validator.Add("input", "is missing; a network of your own needs its input declared");
        }

        if (request.Target is null)
        {
            validator.Add("target", "is missing; a network of your own needs its target declared");
        }

        validator.ThrowIfAny();
        return Build(request, null, request.Input!, request.Target!, request.Network!);
    }

    private static ModelSpec ExpandPreset(CreateModelRequest request)
    {
        var validator = new SpecValidator();
        var parts = (request.Preset ?? string.Empty).Split('@', 2);
        if (!Known.TryGetValue(parts[0], out var recipe) || (parts.Length == 2 && parts[1] != "1"))
        {
            validator.Add("preset", request.Preset is null
                ? $"is missing; name a preset ({Names}) or give a network"
                : $"'{request.Preset}' is not known; there are {Names}, all at revision 1");
            validator.ThrowIfAny();
        }

        var isCompact = parts[0] == "compact";
        var kind = parts[0] switch { "regressor" => TargetKind.Value, "anomaly" => TargetKind.Anomaly, _ => isCompact && request.Target?.Kind == TargetKind.Value ? TargetKind.Value : TargetKind.Label };
        var target = request.Target ?? new TargetSpec { Kind = kind };
        if (target.Kind != kind)
        {
            validator.Add("target.kind", kind switch
            {
                _ when isCompact => "preset 'compact' predicts labels or values; use preset 'anomaly' where there is nothing to predict",
                TargetKind.Label => "a classifier predicts labels; use preset 'regressor' for values, 'anomaly' where there is nothing to predict",
                TargetKind.Value => "a regressor predicts values; use preset 'classifier' for labels",
                _ => "preset 'anomaly' has target kind 'anomaly'; use preset 'classifier' or 'regressor' to predict something",
            });
        }

        var input = WithDefaults(request.Input ?? new InputSpec { Kind = InputKind.Named }, isCompact);
        validator.CheckInput(input);
        validator.CheckTarget(target);
        validator.ThrowIfAny();
        return Build(request, $"{parts[0]}@1", input, target, recipe!(input, target));
    }

    private static InputSpec WithDefaults(InputSpec input, bool isCompact) => input.Kind switch
    {
        InputKind.Named when isCompact => input with { HashBits = input.HashBits ?? CompactRecipe.HashBits, Categories = input.Categories ?? 0, Standardise = input.Standardise ?? Standardisation.PerFeature },
        InputKind.Named => input with { HashBits = input.HashBits ?? NamedHashBits, Categories = input.Categories ?? NamedCategories, Standardise = input.Standardise ?? Standardisation.PerFeature },
        InputKind.Vector when input.Size <= DefaultRecipe.LargestTable || (input.Encoder is not null && !isCompact) => input with { Standardise = input.Standardise ?? Standardisation.PerFeature },
        _ => input with { Standardise = input.Standardise ?? Standardisation.Scale },
    };

    private static ModelSpec Build(CreateModelRequest request, string? preset, InputSpec input, TargetSpec target, NetworkSpec network) => new()
    {
        Preset = preset,
        Input = input,
        Target = target.Kind switch
        {
            TargetKind.Label => target with { MaxClasses = target.MaxClasses ?? SpecValidator.DefaultMaxClasses },
            TargetKind.Value => target with { Size = target.Size ?? 1 },
            _ => target with { Quantile = target.Quantile ?? SpecValidator.DefaultQuantile },
        },
        Network = network,
        Seed = request.Seed ?? 1,
        Durability = request.Durability ?? Durability.Sync,
        Balance = request.Balance,
        AbstainBelow = request.AbstainBelow,
        Sleep = request.Sleep,
        Feedback = request.Feedback,
        Challenge = request.Challenge,
    };
}
