using LifelongApi.Contracts.Models;
using LifelongApi.Learning.Contexts;
using LifelongApi.Learning.Credit;
using LifelongApi.Learning.Entities;
using LifelongApi.Learning.Features;
using LifelongApi.Learning.Heads;
using LifelongApi.Learning.Maintenance;
using LifelongApi.Learning.Modulators;
using LifelongApi.Learning.Populations;
using LifelongApi.Learning.Projections;
using LifelongApi.Learning.Rules;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Compilation;

/// <summary>What the compiler made of a spec.</summary>
internal sealed record LearnerParts
{
    public required ModelSpec Spec { get; init; }

    public required int ClassCapacity { get; init; }

    public required Layout Layout { get; init; }

    public required IFeatureEncoder Encoder { get; init; }

    public required InputPopulation Input { get; init; }

    public required Population[] Populations { get; init; }

    public required Projection[] Projections { get; init; }

    public required PlasticityChain[] Chains { get; init; }

    public required ICreditAssigner Credit { get; init; }

    public required IHead Head { get; init; }

    public required ModulatorBank Modulators { get; init; }

    public required IMaintenance[] Maintenance { get; init; }

    public required StepClock Clock { get; init; }

    public required Distillation? Distillation { get; init; }

    public required ClassBalance? Balance { get; init; }

    public required EntityTable? Entities { get; init; }

    public required EntityAdaptation? Adaptation { get; init; }

    public required EventOrder? Order { get; init; }

    public required TeachingSignal Teaching { get; init; }

    public required ContextInference? Context { get; init; }
}
