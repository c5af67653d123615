using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;

namespace LifelongApi.Learning.Compilation;

/// <summary>Sizes that a spec begins with and may grow to.</summary>
internal static class ModelSizes
{
    /// <summary>Most classes a spec allows.</summary>
    /// <param name="spec">The spec.</param>
    /// <returns>The number; 0 for values.</returns>
    public static int MostClasses(ModelSpec spec) =>
        spec.Target.Kind == TargetKind.Label ? spec.Target.MaxClasses ?? SpecValidator.DefaultMaxClasses : 0;

    /// <summary>The populations that may grow, in the order of the spec.</summary>
    /// <param name="spec">The spec.</param>
    /// <returns>Their growth.</returns>
    public static GrowthSpec[] GrowthOf(ModelSpec spec) => [.. spec.Network.Maintenance.OfType<GrowthSpec>()];

    /// <summary>Units that these populations begin with.</summary>
    /// <param name="spec">The spec.</param>
    /// <returns>Shape [populations that may grow].</returns>
    public static int[] FirstUnits(ModelSpec spec) =>
        [.. GrowthOf(spec).Select(growth => spec.Network.Populations.Single(population => population.Name == growth.Population).Size!.Value)];

    /// <summary>The spec with the populations as large as they have grown.</summary>
    /// <param name="spec">The spec.</param>
    /// <param name="units">Shape [populations that may grow].</param>
    /// <returns>The spec to compile.</returns>
    public static ModelSpec Sized(ModelSpec spec, int[] units)
    {
        if (units.Length == 0)
        {
            return spec;
        }

        var growth = GrowthOf(spec);
        var sizes = growth.Select((part, i) => (part.Population, Units: units[i])).ToDictionary(pair => pair.Population, pair => pair.Units);
        return spec with
        {
            Network = spec.Network with
            {
                Populations = [.. spec.Network.Populations.Select(population => sizes.TryGetValue(population.Name, out var size) ? population with { Size = size } : population)],
            },
        };
    }
}
