using LifelongApi.Contracts.Models;

namespace LifelongApi.Learning.Recipes;

/// <summary>The default models a user gets by name, expanded into full specs.</summary>
public static class Presets
{
    /// <summary>Turns a request into the spec that is stored: expands the preset, fills defaults, checks everything.</summary>
    /// <param name="request">What the user asked for.</param>
    /// <returns>The expanded, valid spec.</returns>
    /// <exception cref="SpecException">The request has mistakes.</exception>
    public static ModelSpec Expand(CreateModelRequest request) => throw new NotImplementedException();
}
