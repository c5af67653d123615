using System.Diagnostics.CodeAnalysis;
using LifelongApi.Learning.Features;

namespace LifelongApi.Learning;

/// <summary>Errors of programmers and of payloads, kept out of the hot paths. Named Type_Situation.</summary>
internal static class Throw
{
    [DoesNotReturn]
    public static void Chain_ProposalNotFinite(string projection, long sequence) =>
        throw new InvalidOperationException($"Projection {projection}: the proposal of event {sequence} is not finite although its factors were checked.");

    [DoesNotReturn]
    public static void Apply_EntityIsMissing(long sequence, ulong entity) =>
        throw new InvalidOperationException($"Event {sequence} is about entity {entity:x16}, whose stored row was not brought.");

    [DoesNotReturn]
    public static void Predict_WritesLearnedState() =>
        throw new InvalidOperationException("A predict may not write learned state.");

    [DoesNotReturn]
    public static void Predict_ReadsPlasticState() =>
        throw new InvalidOperationException("A predict has no Plastic arena; reserve what predict needs in Read.");

    [DoesNotReturn]
    public static void Kernel_LengthsDiffer(string kernel, int expected, int actual) =>
        throw new ArgumentException($"{kernel}: expected a length of {expected}, got {actual}.");

    [DoesNotReturn]
    public static void Input_FormDiffers(string model, FeatureTag form) =>
        throw new InvalidDataException($"{model} cannot read features of the form {form}.");

    [DoesNotReturn]
    public static void Input_TooManyFeatures(int count, int most) =>
        throw new InvalidDataException($"The event has {count} features where the model takes at most {most}.");

    [DoesNotReturn]
    public static void Input_SizeDiffers(int count, int size) =>
        throw new InvalidDataException($"The event has {count} features where the model takes {size}.");

    [DoesNotReturn]
    public static void Input_FeatureBeyondSize(int feature, int size) =>
        throw new InvalidDataException($"Feature {feature} is beyond the input's size of {size}.");

    [DoesNotReturn]
    public static void Fields_KernelNotPositive() =>
        throw new InvalidOperationException("The kernel of standardised events is not positive definite although its inputs were checked.");
}
