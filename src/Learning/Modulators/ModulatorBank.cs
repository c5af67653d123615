using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Modulators;

/// <summary>The modulators of a model and their levels.</summary>
/// <remarks>Reserves: one level per modulator in Plastic.</remarks>
public sealed class ModulatorBank
{
    private readonly IModulator[] _modulators;
    private readonly Slot _levels;

    /// <summary>Makes the modulators of a spec.</summary>
    /// <param name="layout">Layout of the program.</param>
    /// <param name="specs">Their specs, in order.</param>
    public ModulatorBank(LayoutBuilder layout, IReadOnlyList<ModulatorSpec> specs)
    {
        _levels = layout.Vector(Region.Plastic, "modulators.levels", Math.Max(1, specs.Count));
        _modulators = [.. specs.Select(spec => Create(layout, spec))];
        Names = [.. specs.Select(spec => spec.Name)];
    }

    /// <summary>Names in order.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>Where the level of a modulator is kept.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>The level.</returns>
    public ModulatorLevel LevelOf(string name)
    {
        var index = Names.ToList().IndexOf(name);
        return index >= 0 ? new ModulatorLevel(_levels, index) : throw new InvalidOperationException($"There is no modulator '{name}'.");
    }

    /// <summary>Lets every modulator sense an event, in order.</summary>
    /// <param name="outcome">How it turned out.</param>
    /// <param name="step">The step.</param>
    public void Sense(in StepOutcome outcome, in StepContext step)
    {
        for (var i = 0; i < _modulators.Length; i++)
        {
            var level = _modulators[i].Sense(outcome, step);
            step.Write(_levels)[i] = level;
        }
    }

    /// <summary>All levels.</summary>
    /// <param name="step">A learning step.</param>
    /// <returns>Shape [modulators].</returns>
    public ReadOnlySpan<float> Levels(scoped in StepContext step) => step.View(_levels)[.._modulators.Length];

    private static IModulator Create(LayoutBuilder layout, ModulatorSpec spec) => spec switch
    {
        ExpectedUncertaintySpec expected => new ExpectedUncertainty(layout, expected),
        UnexpectedUncertaintySpec unexpected => new UnexpectedUncertainty(layout, unexpected),
        RewardPredictionErrorSpec reward => new RewardPredictionError(layout, reward),
        _ => throw new InvalidOperationException($"Modulator {spec.GetType().Name} is not known."),
    };
}
