using LifelongApi.Contracts.Models;
using LifelongApi.Learning.Entities;

namespace LifelongApi.Learning.Compilation;

/// <summary>How many units an input needs.</summary>
/// <param name="Units">Units without the bias.</param>
/// <param name="MaxActive">Most units that one event can make active.</param>
/// <param name="MaxFeatures">Most features of one event.</param>
internal readonly record struct InputShape(int Units, int MaxActive, int MaxFeatures)
{
    private const int DefaultMaxActive = 4096;

    /// <summary>The shape of a valid input spec.</summary>
    /// <param name="input">The spec.</param>
    /// <returns>Its shape.</returns>
    public static InputShape Of(InputSpec input)
    {
        var units = input.Kind switch
        {
            InputKind.Image => input.Height!.Value * input.Width!.Value * (input.Channels ?? 1),
            InputKind.Named => 1 << input.HashBits!.Value,
            _ => input.Size!.Value,
        };
        var features = input.Kind is InputKind.Vector or InputKind.Image ? units : input.MaxActive ?? Math.Min(DefaultMaxActive, units);
        var derived = HistoryFeatures.CountOf(input);
        return new InputShape(units, (input.Categories > 0 ? 2 * features : features) + derived, features);
    }
}
